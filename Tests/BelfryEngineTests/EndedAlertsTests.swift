// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Synchronization
import Testing

@Suite("A message that is sent after some of its alerts have resolved")
struct EndedAlertsTests {
  private static let unavailable = Reply.http(HTTPReply(status: 503))
  private static let unsure = Reply.failed(TransportFailure(.timedOutAfterSending, "no answer"))

  /// A receiver whose answer the test chooses, and what it accepted or may have accepted.
  private final class Receiver: Sendable {
    private let state: Mutex<(answer: Reply?, messages: [String])>

    init(_ answer: Reply?) { state = Mutex((answer, [])) }

    func answers(_ reply: Reply?) { state.withLock { $0.answer = reply } }

    /// Each message as `burst: a firing, b resolved`.
    var messages: [String] { state.withLock { $0.messages } }

    func answer(_ outgoing: Outgoing) -> Reply {
      guard case .http(let http) = outgoing else { return ScriptedTransport.accept(outgoing) }
      return state.withLock { state in
        let answer = state.answer ?? ScriptedTransport.accept(outgoing)
        if answer != EndedAlertsTests.unavailable { state.messages.append(Receiver.summary(of: http.body)) }
        return answer
      }
    }

    private static func summary(of body: [UInt8]) -> String {
      let node = JSONTree.parse(SourceText(name: "body", bytes: body)).node
      let alerts = (node?["alerts"]?.elements ?? []).map { "\($0["id"]?.string ?? "") \($0["status"]?.string ?? "")" }
      return "\(node?["type"]?.string ?? ""): \(alerts.joined(separator: ", "))"
    }
  }

  /// A kind of message about the alerts `a` and `b`, and how it comes about.
  enum Kind: String, CaseIterable {
    case burst, group, followup, digest

    var route: String {
      switch self {
      case .burst: #""to": "hook", "burst": {"over": 1}, "cooldown": "0s""#
      case .group: #""to": "hook", "group": {"by": ["category"], "wait": "1s", "every": "1m"}"#
      case .followup: #""to": "hook", "cooldown": "5s""#
      case .digest: #""to": "hook", "digest": "all""#
      }
    }
  }

  private func environment(_ store: Store, _ receiver: Receiver, route: String) async throws -> TestEnvironment {
    let ledger = try await TestLedger(store)
    let digests = route.contains("digest") ? #", "digests": {"all": {"every": "5s", "to": "hook"}}"# : ""
    let json = """
      {"channels": {"hook": {"kind": "webhook", "url": "https://hook.example/"}}, "routes": [{\(route)}]\(digests)}
      """
    return try await TestEnvironment(json, time: ledger.time, ledger: ledger.ledger) { [ledger] outgoing in
      withExtendedLifetime(ledger) { receiver.answer(outgoing) }
    }.adopted()
  }

  private func take(_ environment: TestEnvironment, _ events: Event...) async throws {
    _ = try await environment.ledger.ingest(events, policy: environment.policy, lease: nil)
  }

  private func run(_ environment: TestEnvironment, seconds: Int) async throws {
    for _ in 0..<seconds {
      _ = try await environment.ledger.fire(only: nil, policy: environment.policy, lease: nil)
      try await environment.dispatcher.drain()
      environment.time.advance(by: .seconds(1))
    }
  }

  /// Sends a message about `a` and `b`, which is answered with `answer`.
  private func begin(_ kind: Kind, _ answer: Reply, _ store: Store, rest: String = "") async throws -> (
    TestEnvironment, Receiver
  ) {
    let receiver = Receiver(nil)
    let environment = try await environment(store, receiver, route: kind.route + rest)
    if kind == .followup {
      try await take(environment, .fired(alert("x")))
      try await run(environment, seconds: 1)
    }
    receiver.answers(answer)
    try await take(environment, .fired(alert("a")), .fired(alert("b")))
    try await run(environment, seconds: 8)
    return (environment, receiver)
  }

  private func news(_ receiver: Receiver) -> [String] { receiver.messages.filter { !$0.hasSuffix("x firing") } }

  @Test(
    "says which ones, and their end is not sent again",
    arguments: [(Kind.burst, false), (.burst, true), (.followup, false), (.followup, true), (.group, false)],
    Store.allCases
  )
  func several(kind: (Kind, sendsEnds: Bool), store: Store) async throws {
    let rest = kind.sendsEnds ? #", "resolved": true"# : ""
    let (environment, receiver) = try await begin(kind.0, Self.unavailable, store, rest: rest)
    try await take(environment, .resolved(alert("a").key))
    receiver.answers(nil)
    try await run(environment, seconds: 30)
    #expect(news(receiver) == ["\(kind.0.rawValue): a resolved, b firing"])
    try await take(environment, .fired(alert("a")))
    try await run(environment, seconds: 70)
    #expect(news(receiver).count == 2)
    #expect(news(receiver).last?.contains("a firing") == true)
  }

  @Test(
    "is unchanged if a rule still holds their end, which follows",
    arguments: [Kind.group, .digest],
    Store.allCases
  )
  func owed(kind: Kind, store: Store) async throws {
    let (environment, receiver) = try await begin(kind, Self.unavailable, store, rest: #", "resolved": true"#)
    try await take(environment, .resolved(alert("a").key))
    receiver.answers(nil)
    try await run(environment, seconds: 90)
    #expect(news(receiver) == ["\(kind.rawValue): a firing, b firing", "\(kind.rawValue): a resolved"])
  }

  @Test("is unchanged if an attempt may have arrived, and their end follows", arguments: Kind.allCases, Store.allCases)
  func inDoubt(kind: Kind, store: Store) async throws {
    let (environment, receiver) = try await begin(kind, Self.unsure, store, rest: #", "resolved": true"#)
    try await take(environment, .resolved(alert("a").key))
    receiver.answers(nil)
    try await run(environment, seconds: 90)
    let first = "\(kind.rawValue): a firing, b firing"
    let messages = news(receiver)
    #expect(messages.count > 2)
    #expect(messages.drop { $0 == first }.count == 1)
    #expect(messages.last?.hasSuffix(": a resolved") == true)
  }

  @Test("leaves them out if it is a reminder, and their end follows", arguments: Store.allCases)
  func reminder(store: Store) async throws {
    let receiver = Receiver(nil)
    let route = #""to": "hook", "cooldown": "0s", "repeat": "10s", "resolved": true"#
    let environment = try await environment(store, receiver, route: route)
    try await take(environment, .fired(alert("a")), .fired(alert("b")), .fired(alert("c")))
    try await run(environment, seconds: 5)
    receiver.answers(Self.unavailable)
    try await run(environment, seconds: 9)
    try await take(environment, .resolved(alert("a").key))
    receiver.answers(nil)
    try await run(environment, seconds: 4)
    #expect(receiver.messages.dropFirst(3) == ["reminder: b firing, c firing", "resolved: a resolved"])
  }

  @Test("still says that one fires whose end a silence holds", arguments: Store.allCases)
  func heldEnd(store: Store) async throws {
    let (environment, receiver) = try await begin(.burst, Self.unavailable, store, rest: #", "resolved": true"#)
    var matcher = Matcher()
    matcher.category = Patterns([.exact(ExactText(alert("a").category))])
    let silence = Silence(
      id: SilenceID("s"),
      matcher: matcher,
      from: environment.now,
      until: environment.now + .seconds(60),
      author: "ann"
    )
    try await take(environment, .silenced(silence))
    try await take(environment, .resolved(alert("a").key))
    receiver.answers(nil)
    try await run(environment, seconds: 30)
    #expect(news(receiver) == ["burst: a firing, b firing"])
    try await run(environment, seconds: 60)
    #expect(news(receiver).last == "resolved: a resolved")
  }

  @Test(
    "is not sent if it is about one alert, also if no message says that it resolved",
    arguments: Store.allCases,
    [true, false]
  )
  func single(store: Store, isLeased: Bool) async throws {
    let receiver = Receiver(Self.unavailable)
    let environment = try await environment(store, receiver, route: #""to": "hook", "cooldown": "0s""#)
    try await take(environment, .fired(alert("a")))
    let id = try #require(try await environment.ledger.recentDeliveries(limit: 1).first?.delivery.id)
    if isLeased {
      let leased = try await environment.ledger.claim(LeaseTerms(count: 1, duration: .seconds(60)), channels: nil)
      try await take(environment, .resolved(alert("a").key))
      #expect(try await environment.ledger.delivery(id)?.status == .pending)
      _ = try await environment.ledger.settle(
        leased.map {
          let result = Settlement.Result.retry(at: environment.now + .seconds(5), because: Verdict.Reason("busy", ""))
          return Settlement(id: $0.delivery.id, token: $0.token, result: result)
        }
      )
    } else {
      try await run(environment, seconds: 3)
      try await take(environment, .resolved(alert("a").key))
    }
    #expect(try await environment.ledger.delivery(id)?.status == .withdrawn)
    receiver.answers(nil)
    try await run(environment, seconds: 30)
    #expect(receiver.messages.isEmpty)
    try await take(environment, .fired(alert("a")))
    try await run(environment, seconds: 1)
    #expect(receiver.messages == ["alert: a firing"])
  }
}
