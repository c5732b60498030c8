// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryOperations
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Synchronization
import Testing

@Suite("Messages about one alert on one channel")
struct OrderTests {
  private static let webhook = """
    {"channels": {"hook": {"kind": "webhook", "url": "https://hook.example/"CHANNEL}},
     "routes": [{"to": "hook", "resolved": trueROUTE}], "cooldown": "0s"}
    """
  private static let unavailable = Reply.http(HTTPReply(status: 503))
  private static let unsure = Reply.failed(TransportFailure(.timedOutAfterSending, "no answer"))

  /// A receiver whose answer the test chooses, and the texts that it accepted or may have accepted.
  private final class Receiver: Sendable {
    private let state: Mutex<(answer: Reply?, texts: [String])>

    init(_ answer: Reply?) { state = Mutex((answer, [])) }

    func answer(_ outgoing: Outgoing) -> Reply {
      guard case .http(let http) = outgoing else { return ScriptedTransport.accept(outgoing) }
      return state.withLock { state in
        let answer = state.answer ?? ScriptedTransport.accept(outgoing)
        if answer != OrderTests.unavailable { state.texts.append(String(decoding: http.body, as: UTF8.self)) }
        return answer
      }
    }

    func answers(_ reply: Reply?) { state.withLock { $0.answer = reply } }

    /// What it got, each as `firing a` or `resolved a`.
    var messages: [String] {
      state.withLock { $0.texts }.map { text in
        let kind = ["resolved", "reminder", "group"].first { text.contains(#""type":"\#($0)""#) } ?? "firing"
        return kind + ["a", "b"].filter { text.contains(#""id":"\#($0)""#) }.map { " " + $0 }.joined()
      }
    }
  }

  private func environment(
    _ store: Store,
    _ receiver: Receiver,
    channel: String = "",
    route: String = ""
  ) async throws -> TestEnvironment {
    let json = Self.webhook.replacing("CHANNEL", with: channel).replacing("ROUTE", with: route)
    let ledger = try await TestLedger(store)
    return try TestEnvironment(json, time: ledger.time, ledger: ledger.ledger) { [ledger] outgoing in
      withExtendedLifetime(ledger) { receiver.answer(outgoing) }
    }
  }

  private func take(_ environment: TestEnvironment, _ events: Event...) async throws -> [DeliveryID] {
    let ingested = try await environment.ledger.ingest(events, policy: environment.policy, lease: nil)
    return ingested.decisions.flatMap(\.decision.deliveries)
  }

  private func run(_ environment: TestEnvironment, seconds: Int) async throws {
    for _ in 0..<seconds {
      _ = try await environment.ledger.fire(only: nil, policy: environment.policy, lease: nil)
      try await environment.dispatcher.drain()
      environment.time.advance(by: .seconds(1))
    }
  }

  private func statuses(_ ids: [DeliveryID], _ environment: TestEnvironment) async throws -> [DeliveryRecord.Status?] {
    var statuses: [DeliveryRecord.Status?] = []
    for id in ids { statuses.append(try await environment.ledger.delivery(id)?.status) }
    return statuses
  }

  @Test("are neither of them sent if it resolves before the first arrived", arguments: Store.allCases)
  func neither(store: Store) async throws {
    let receiver = Receiver(Self.unavailable)
    let environment = try await environment(store, receiver)
    let first = try await take(environment, .fired(alert("a")))
    try await run(environment, seconds: 5)
    let end = try await take(environment, .resolved(alert("a").key))
    receiver.answers(nil)
    try await run(environment, seconds: 700)
    #expect(receiver.messages.isEmpty)
    #expect(try await statuses(first + end, environment) == [.withdrawn, .withdrawn])
    #expect(try await environment.ledger.summary().deliveries == ["hook": [.withdrawn: 2]])
    let record = try #require(try await environment.ledger.record(of: alert("a").key))
    let story = try await AlertStory.read(
      record,
      from: environment.ledger,
      configuration: environment.configuration,
      last: 10
    )
    let text = story.lines(TimeText(now: environment.now), RuleNotes()).map(\.description).joined(separator: "\n")
    #expect(text.contains("It resolved before this could be sent."))
    #expect(text.contains("nobody was notified"))
    var audit = AccountingAudit()
    audit.take(try await environment.ledger.facts(after: nil, limit: 10))
    #expect(audit.isGood)
  }

  @Test("are sent in order if the first may have arrived", arguments: Store.allCases)
  func inDoubt(store: Store) async throws {
    let receiver = Receiver(Self.unsure)
    let environment = try await environment(store, receiver)
    _ = try await take(environment, .fired(alert("a")))
    try await run(environment, seconds: 1)
    receiver.answers(Self.unavailable)
    try await run(environment, seconds: 5)
    _ = try await take(environment, .resolved(alert("a").key))
    try await run(environment, seconds: 5)
    receiver.answers(nil)
    try await run(environment, seconds: 60)
    #expect(receiver.messages == ["firing a", "firing a", "resolved a"])
  }

  @Test("wait for one that is being attempted", arguments: Store.allCases, [true, false])
  func inFlight(store: Store, arrives: Bool) async throws {
    let receiver = Receiver(nil)
    let environment = try await environment(store, receiver)
    let terms = LeaseTerms(count: 10, duration: .seconds(60))
    let first = try await environment.ledger.ingest([.fired(alert("a"))], policy: environment.policy, lease: terms)
    let end = try await environment.ledger.ingest(
      [.resolved(alert("a").key)],
      policy: environment.policy,
      lease: terms
    )
    #expect(end.leased.isEmpty && end.queued == 1)
    #expect(try await environment.ledger.claim(terms, channels: nil).isEmpty)
    let leased = try #require(first.leased.first)
    let reason = Verdict.Reason("http_503", "")
    let result: Settlement.Result =
      arrives ? .delivered(Receipt()) : .retry(at: environment.now + .seconds(9), because: reason)
    let settlement = Settlement(id: leased.delivery.id, token: leased.token, result: result)
    #expect(try await environment.ledger.settle([settlement]) == [true])
    let next = try await environment.ledger.claim(terms, channels: nil)
    #expect(next.map(\.delivery.content.kind) == (arrives ? ["resolved"] : []))
    #expect(try await environment.ledger.summary().deliveries["hook"]?[.withdrawn] == (arrives ? nil : 2))
  }

  @Test("do not say that it still fires after it resolved, however many wait", arguments: Store.allCases)
  func reminders(store: Store) async throws {
    let environment = try await environment(store, Receiver(nil), route: #", "repeat": "10s""#)
    _ = try await take(environment, .fired(alert("a")))
    try await environment.dispatcher.drain()
    for _ in 0..<3 {
      environment.time.advance(by: .seconds(10))
      _ = try await environment.ledger.fire(only: nil, policy: environment.policy, lease: nil)
    }
    let terms = LeaseTerms(count: 10, duration: .seconds(60))
    #expect(try await environment.ledger.backlog().channels["hook"]?.pending == 3)
    let reminder = try await environment.ledger.claim(terms, channels: nil)
    #expect(reminder.map(\.delivery.content.kind) == ["reminder"])
    _ = try await environment.ledger.settle(
      reminder.map { Settlement(id: $0.delivery.id, token: $0.token, result: .released) }
    )
    _ = try await take(environment, .resolved(alert("a").key))
    let rest = try await environment.ledger.claim(terms, channels: nil)
    #expect(rest.map(\.delivery.content.kind) == ["resolved"])
    #expect(try await environment.ledger.summary().deliveries["hook"]?[.withdrawn] == 3)
  }

  @Test("do not say that it fires after it resolved, if one about several alerts waits too", arguments: Store.allCases)
  func behindSeveral(store: Store) async throws {
    let receiver = Receiver(Self.unavailable)
    let environment = try await environment(store, receiver, route: #", "repeat": "60s""#)
    _ = try await take(environment, .fired(alert("a")), .fired(alert("b")))
    try await run(environment, seconds: 70)
    let first = try await take(environment, .resolved(alert("a").key))
    #expect(first.count == 1)
    #expect(try await environment.ledger.summary().deliveries["hook"]?[.withdrawn] == 1, "at its end, not at its lease")
    receiver.answers(nil)
    try await run(environment, seconds: 300)
    #expect(receiver.messages.prefix(2) == ["firing b", "reminder b"])
    #expect(!receiver.messages.contains("firing a"))
  }

  @Test(
    "do not say that it is worse after it resolved, if one about several alerts waits too",
    arguments: Store.allCases
  )
  func betweenTwo(store: Store) async throws {
    let receiver = Receiver(nil)
    let environment = try await environment(store, receiver, route: #", "repeat": "60s""#)
    _ = try await take(environment, .fired(alert("a", .warning)), .fired(alert("b", .warning)))
    try await run(environment, seconds: 5)
    receiver.answers(Self.unavailable)
    // What is between the first and the last message about an alert is not known when it ends.
    _ = try await take(environment, .changed(alert("a", .critical)), .changed(alert("b", .critical)))
    try await run(environment, seconds: 70)
    _ = try await take(environment, .resolved(alert("a").key))
    receiver.answers(nil)
    try await run(environment, seconds: 300)
    #expect(receiver.messages.prefix(3) == ["firing a", "firing b", "firing b"])
    #expect(receiver.messages.count { $0 == "firing a" } == 1)
  }

  @Test("say that it resolved after the first one, also if a critical one overtook that", arguments: Store.allCases)
  func overtaken(store: Store) async throws {
    let environment = try await environment(store, Receiver(nil), route: #", "burst": {"over": 1}"#)
    let ledger = environment.ledger
    let both = try await take(environment, .fired(alert("a", .warning)), .fired(alert("b", .warning)))
    let first = try #require(try await ledger.claim(.minute, channels: nil).first)
    #expect([first.delivery.id] == Array(Set(both)))
    let later = Settlement.Result.retry(at: environment.now + .seconds(3600), because: .init("no", "no"))
    _ = try await ledger.settle([Settlement(id: first.delivery.id, token: first.token, result: later)])

    let worse = try await take(environment, .changed(alert("a", .critical)))
    let terms = LeaseTerms(count: 1, duration: .seconds(60), takesWaiting: true, only: worse)
    let overtaking = try #require(try await ledger.claim(terms, channels: nil).first)
    #expect([overtaking.delivery.id] == worse)
    let delivered = Settlement.Result.delivered(Receipt())
    _ = try await ledger.settle([Settlement(id: overtaking.delivery.id, token: overtaking.token, result: delivered)])

    let end = try await take(environment, .resolved(alert("a").key))
    #expect(try await statuses(end, environment) == [.pending])
    #expect(try await ledger.claim(.minute, channels: nil).isEmpty, "the end waits for the first message")
  }

  @Test("wait for what a withdrawn message about several alerts waited for", arguments: Store.allCases)
  func withdrawnBetween(store: Store) async throws {
    let receiver = Receiver(Self.unsure)
    let environment = try await environment(store, receiver, route: #", "cooldown": "20s""#)
    _ = try await take(environment, .fired(alert("a")))
    try await run(environment, seconds: 1)
    receiver.answers(Self.unavailable)
    let end = try await take(environment, .resolved(alert("a").key))
    try await run(environment, seconds: 1)
    _ = try await take(environment, .fired(alert("a")), .fired(alert("b")))
    try await run(environment, seconds: 30)
    // What says that both fire is withdrawn with the end of the first of them.
    _ = try await take(environment, .resolved(alert("b").key), .resolved(alert("a").key))
    try await run(environment, seconds: 30)
    let last = try await take(environment, .fired(alert("a")))
    #expect(try await statuses(end + last, environment) == [.pending, .pending])
    let id = try #require(last.first)
    #expect(try await environment.ledger.delivery(id)?.waitsFor != nil)
    receiver.answers(nil)
    try await run(environment, seconds: 120)
    #expect(receiver.messages == ["firing a", "firing a", "resolved a", "firing a"])
  }

  @Test("are one message if it fires, resolves and fires again before one arrived", arguments: Store.allCases)
  func again(store: Store) async throws {
    let receiver = Receiver(Self.unavailable)
    let environment = try await environment(store, receiver)
    for _ in 0..<3 {
      _ = try await take(environment, .fired(alert("a")))
      try await run(environment, seconds: 3)
      _ = try await take(environment, .resolved(alert("a").key))
      try await run(environment, seconds: 3)
    }
    _ = try await take(environment, .fired(alert("a")))
    receiver.answers(nil)
    try await run(environment, seconds: 60)
    #expect(receiver.messages == ["firing a"])
    _ = try await take(environment, .resolved(alert("a").key))
    try await run(environment, seconds: 1)
    #expect(receiver.messages == ["firing a", "resolved a"])
  }

  @Test("end with the resolution if the start is a dead letter that may have arrived", arguments: Store.allCases)
  func dead(store: Store) async throws {
    for mayHaveArrived in [false, true] {
      let receiver = Receiver(Self.unsure)
      let environment = try await environment(store, receiver)
      if mayHaveArrived {
        _ = try await take(environment, .fired(alert("a")))
        try await run(environment, seconds: 1)
      }
      receiver.answers(.http(HTTPReply(status: 404)))
      if !mayHaveArrived { _ = try await take(environment, .fired(alert("a"))) }
      try await run(environment, seconds: 30)
      #expect(try await environment.ledger.deadLetters(limit: 2).count == 1)
      receiver.answers(nil)
      _ = try await take(environment, .resolved(alert("a").key))
      try await run(environment, seconds: 30)
      #expect(receiver.messages.contains("resolved a") == mayHaveArrived)
      #expect(try await environment.ledger.deadLetters(limit: 2).count == 1)
    }
  }

  @Test("about several alerts are sent before the end of one of them", arguments: Store.allCases)
  func several(store: Store) async throws {
    let receiver = Receiver(Self.unavailable)
    let environment = try await environment(
      store,
      receiver,
      route: #", "group": {"by": ["category"], "wait": "1s", "every": "1s"}"#
    )
    _ = try await take(environment, .fired(alert("a")), .fired(alert("b")))
    try await run(environment, seconds: 5)
    _ = try await take(environment, .resolved(alert("a").key))
    try await run(environment, seconds: 5)
    receiver.answers(nil)
    try await run(environment, seconds: 60)
    #expect(receiver.messages.first == "group a b")
    _ = try await take(environment, .resolved(alert("b").key))
    try await run(environment, seconds: 60)
    #expect(try await environment.ledger.backlog().channels["hook"]?.pending ?? 0 == 0)
  }

  @Test("are sent to the fallback in order, and none if it resolves first", arguments: Store.allCases, [true, false])
  func forwarded(store: Store, isReadable: Bool) async throws {
    let json = """
      {"channels": {"hook": {"kind": "webhook", "url": "https://hook.example/", "fallback": "other"},
                    "other": {"kind": "webhook", "url": "https://other.example/"}},
       "routes": [{"to": "hook", "resolved": true}], "cooldown": "0s"}
      """
    let other = Receiver(isReadable ? nil : Self.unavailable)
    let ledger = try await TestLedger(store)
    let environment = try TestEnvironment(json, time: ledger.time, ledger: ledger.ledger) { [ledger] outgoing in
      defer { withExtendedLifetime(ledger) {} }
      guard case .http(let http) = outgoing, http.url.contains("hook.example") else { return other.answer(outgoing) }
      return Self.unavailable
    }
    _ = try await take(environment, .fired(alert("a")))
    try await run(environment, seconds: 20)
    _ = try await take(environment, .resolved(alert("a").key))
    other.answers(nil)
    try await run(environment, seconds: 60)
    #expect(other.messages == (isReadable ? ["firing a", "resolved a"] : []))
    #expect(try await environment.ledger.backlog().channels.values.allSatisfy { $0.pending == 0 })
  }

  @Test("go to the fallback without waiting if the alert gets critical", arguments: Store.allCases)
  func worse(store: Store) async throws {
    let json = """
      {"channels": {"hook": {"kind": "webhook", "url": "https://hook.example/", "fallback": "other"},
                    "other": {"kind": "webhook", "url": "https://other.example/"}},
       "routes": [{"to": "hook"}], "cooldown": "0s"}
      """
    let other = Receiver(nil)
    let ledger = try await TestLedger(store)
    let environment = try TestEnvironment(json, time: ledger.time, ledger: ledger.ledger) { [ledger] outgoing in
      defer { withExtendedLifetime(ledger) {} }
      guard case .http(let http) = outgoing, http.url.contains("hook.example") else { return other.answer(outgoing) }
      return Self.unavailable
    }
    _ = try await take(environment, .fired(alert("a", .info)))
    try await run(environment, seconds: 20)
    #expect(other.messages.isEmpty)
    _ = try await take(environment, .changed(alert("a", .critical)))
    try await run(environment, seconds: 1)
    #expect(other.messages == ["firing a"])
  }
}
