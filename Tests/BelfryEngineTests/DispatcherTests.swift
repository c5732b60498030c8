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

@Suite("The dispatcher", .endsIfItHangs)
struct DispatcherTests {
  static let slack = """
    {"channels": {"oncall": {"kind": "slack-dm", "token": "${TOKEN}", "user": "U1", "concurrency": 4, "rate": "unlimited"},
                  "journal": {"kind": "file", "path": "out.jsonl"}},
     "routes": [{"match": {"severity": "critical"}, "to": "oncall"}, {"to": "journal"}], "cooldown": "0s"}
    """

  static let delivered = Reply.http(HTTPReply(status: 200, body: Array(#"{"ok":true,"channel":"D1","ts":"1.2"}"#.utf8)))

  private func fire(_ alerts: [Alert], _ environment: TestEnvironment) async throws -> [DeliveryID] {
    let events = alerts.map { Event.fired($0) }
    let ingested = try await environment.dispatcher.ingest(events, policy: environment.policy)
    return ingested.decisions.flatMap(\.decision.deliveries)
  }

  @Test("stores a delivery with the receipt that the channel read from the answer")
  func receipt() async throws {
    let environment = try TestEnvironment(DispatcherTests.slack) { _ in DispatcherTests.delivered }
    let ids = try await fire([alert("a")], environment)
    try await environment.dispatcher.drain()
    let record = try #require(try await environment.ledger.delivery(ids[0]))
    #expect(record.status == .delivered)
    #expect(record.receipt?["ts"] == "1.2")
  }

  @Test("states in a message why it was sent, unless the file turns that off", arguments: [true, false])
  func why(isWanted: Bool) async throws {
    let environment = try TestEnvironment(
      """
      {"channels": {"log": {"kind": "file", "path": "log.txt", "format": "text"}},
       "routes": [{"to": "log"}], "cooldown": 0, "why": \(isWanted)}
      """
    ) { _ in .appended }
    _ = try await fire([alert("a")], environment)
    try await environment.dispatcher.drain()
    guard case .append(let append) = try #require(environment.sent.first) else { throw NotAppended() }
    let text = String(decoding: append.bytes, as: UTF8.self)
    #expect(text.contains("Why: new alert · routes[0]") == isWanted)
  }

  @Test(
    "opens the circuit for an empty token, and makes no dead letter",
    arguments: ["", "\n"]
  )
  func emptyToken(_ token: String) async throws {
    let environment = try TestEnvironment(DispatcherTests.slack, environment: ["TOKEN": token]) { _ in
      DispatcherTests.delivered
    }
    let ids = try await fire([alert("a", .critical)], environment)
    try await environment.dispatcher.drain()
    #expect(try await environment.ledger.delivery(ids[0])?.status == .pending)
    #expect(environment.dispatcher.circuits.map(\.channel) == ["oncall"])
    #expect(environment.sent.isEmpty)
  }

  @Test("sends a token without its final line break")
  func tokenWithLineBreak() async throws {
    let environment = try TestEnvironment(DispatcherTests.slack, environment: ["TOKEN": "xoxb-1\n"]) { _ in
      DispatcherTests.delivered
    }
    _ = try await fire([alert("a", .critical)], environment)
    try await environment.dispatcher.drain()
    guard case .http(let exchange) = try #require(environment.sent.first) else { throw NotAppended() }
    #expect(exchange.fields.contains(HTTPField("Authorization", prefix: "Bearer ", secret: Secret("xoxb-1"))))
  }

  private struct NotAppended: Error {}

  @Test("retries a failed delivery, not before the server permits it")
  func retryAfter() async throws {
    let answers = Mutex([
      Reply.http(HTTPReply(status: 429, fields: [("retry-after", "30")])), DispatcherTests.delivered,
    ])
    let environment = try TestEnvironment(DispatcherTests.slack) { _ in answers.withLock { $0.removeFirst() } }
    let ids = try await fire([alert("a")], environment)
    try await environment.dispatcher.drain()
    environment.time.advance(by: .seconds(29))
    try await environment.dispatcher.drain()
    #expect(environment.sent.count == 1)
    environment.time.advance(by: .seconds(2))
    try await environment.dispatcher.drain()
    #expect(environment.sent.count == 2)
    let record = try #require(try await environment.ledger.delivery(ids[0]))
    #expect(record.status == .delivered)
    #expect(record.attempts == 2)
  }

  @Test("does not wait longer because of attempts that ended with their process")
  func cutOff() async throws {
    let environment = try TestEnvironment(DispatcherTests.slack) { _ in .http(HTTPReply(status: 503)) }
    _ = try await environment.ledger.ingest([.fired(alert("a"))], policy: environment.policy, lease: nil)
    for attempt in 1...8 {
      let leased = try await environment.ledger.claim(LeaseTerms(count: 1, duration: .seconds(60)), channels: nil)
      #expect(leased.map(\.attempt) == [attempt])
      environment.time.advance(by: .seconds(61))
    }
    try await environment.dispatcher.drain()
    let due = try #require(try await environment.ledger.nextDelivery(channels: nil))
    #expect(due == environment.time.now() + .seconds(1))
  }

  @Test("makes a dead letter with its reason if a recipient is unreachable")
  func dead() async throws {
    let refusal = Reply.http(HTTPReply(status: 200, body: Array(#"{"ok":false,"error":"user_not_found"}"#.utf8)))
    let environment = try TestEnvironment(DispatcherTests.slack) { _ in refusal }
    _ = try await fire([alert("a")], environment)
    try await environment.dispatcher.drain()
    let letters = try await environment.ledger.deadLetters(limit: 10)
    #expect(letters.count == 1)
    #expect(letters.first?.lastReason?.code == "user_not_found")
    #expect(environment.printed.contains("DEAD LETTER oncall"))
    #expect(environment.tally.counts.dead == 1)
  }

  @Test(
    "gives up a delivery that keeps failing when its budget is spent",
    arguments: [
      (Severity.critical, "", 24), (.info, "", 6), (Severity("page"), #", "severities": [["page"], ["error"]]"#, 24),
      (Severity("error"), #", "severities": [["page"], ["error"]]"#, 6),
    ]
  )
  func budget(severity: Severity, severities: String, hours: Int) async throws {
    let down = Reply.http(HTTPReply(status: 503))
    let environment = try TestEnvironment(
      """
      {"channels": {"oncall": {"kind": "slack-dm", "token": "${TOKEN}", "user": "U1"}}, "routes": [{"to": "oncall"}]\(severities)}
      """
    ) { _ in down }
    let ids = try await fire([alert("a", severity)], environment)
    let start = environment.time.now()
    var record = try #require(try await environment.ledger.delivery(ids[0]))
    while record.status == .pending {
      try await environment.dispatcher.drain()
      record = try #require(try await environment.ledger.delivery(ids[0]))
      let next = try await environment.dispatcher.nextAttempt() ?? record.visibleAt
      environment.time.advance(by: max(.seconds(1), next - environment.time.now()))
    }
    let settled = try #require(record.settledAt)
    #expect(record.status == .dead)
    #expect(settled - start <= .seconds(hours * 3600))
    #expect(settled - start >= .seconds(hours * 3600 - 1200))
  }

  @Test("runs no more attempts on a channel than it allows")
  func concurrency() async throws {
    let gauge = Gauge(expecting: 4)
    let environment = try TestEnvironment(DispatcherTests.slack) { _ in
      await gauge.visit()
      return DispatcherTests.delivered
    }
    _ = try await fire((0..<100).map { alert("a\($0)") }, environment)
    try await environment.dispatcher.drain()
    #expect(environment.sent.count == 100)
    #expect(gauge.highest == 4)
  }

  @Test("does not delay a channel because another one hangs")
  func isolation() async throws {
    let gate = Gate()
    let environment = try TestEnvironment(DispatcherTests.slack) { outgoing in
      if case .http = outgoing { await gate.pass() }
      return ScriptedTransport.accept(outgoing)
    }
    _ = try await fire((0..<20).map { alert("c\($0)") }, environment)
    _ = try await fire([alert("i", .info)], environment)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await environment.dispatcher.drain() }
      while !environment.sent.contains(where: { if case .append = $0 { true } else { false } }) { await Task.yield() }
      gate.open()
    }
    #expect(environment.sent.count == 21)
  }

  @Test("writes lines for a file together")
  func batches() async throws {
    let environment = try TestEnvironment(DispatcherTests.slack) { ScriptedTransport.accept($0) }
    let events = (0..<3000).map { Event.fired(alert("a\($0)", .info)) }
    _ = try await environment.dispatcher.ingest(events, policy: environment.policy)
    try await environment.dispatcher.drain()
    #expect(environment.sent.count == 3000)
    #expect(environment.tally.counts.delivered == 3000)
  }

  @Test("records other verdicts when the ledger cannot accept one, and that one later")
  func apart() async throws {
    let time = VirtualTime(startingAt: TestEnvironment.start)
    let refused = Mutex<DeliveryID?>(nil)
    let ledger = WatchedLedger(
      MemoryLedger(now: { time.now() }),
      beforeSettling: { settlements in
        if settlements.contains(where: { $0.id == refused.withLock { $0 } }) { throw Unexpected() }
      }
    )
    let environment = try TestEnvironment(DispatcherTests.slack, time: time, ledger: ledger) {
      ScriptedTransport.accept($0)
    }
    let ids = try await fire([alert("a", .info), alert("b", .info), alert("c", .info)], environment)
    refused.withLock { $0 = ids[1] }
    try await withThrowingTaskGroup { group in
      group.addTask { try await environment.dispatcher.drain() }
      while try await statuses(of: ids, in: ledger) != [.delivered, .pending, .delivered] { await Task.yield() }
      while !environment.printed.contains("ledger: ") { await Task.yield() }
      refused.withLock { $0 = nil }
      time.advance(by: .seconds(1))
      try await group.waitForAll()
    }
    #expect(try await statuses(of: ids, in: ledger) == [.delivered, .delivered, .delivered])
    #expect(environment.sent.count == 3, "and none is sent again")
  }

  @Test("forgets what a turn leased if it is not committed, and sends it later, once")
  func uncommitted() async throws {
    let time = VirtualTime(startingAt: TestEnvironment.start)
    let failures = Mutex(0)
    let ledger = WatchedLedger(
      MemoryLedger(now: { time.now() }),
      beforeCommit: { effects in
        guard effects.contains(where: { if case .claimed(_, let leased, _) = $0 { !leased.isEmpty } else { false } })
        else { return }
        let isFirst = failures.withLock { failures in
          failures += 1
          return failures == 1
        }
        if isFirst { throw Unexpected() }
      }
    )
    let environment = try TestEnvironment(DispatcherTests.slack, time: time, ledger: ledger)
    let ids = try await fire([alert("a"), alert("b", .info)], environment)
    try await environment.dispatcher.drain()
    #expect(environment.sent.isEmpty)
    time.advance(by: .seconds(1))
    try await environment.dispatcher.drain()
    #expect(try await statuses(of: ids, in: ledger) == [.delivered, .delivered])
    #expect(environment.sent.count == 2)
  }

  @Test("checks the whole ledger at its start, also if that cannot take the room it needs")
  func inspects() async throws {
    let time = VirtualTime(startingAt: TestEnvironment.start)
    let isInspected = Gate()
    let ledger = WatchedLedger(MemoryLedger(now: { time.now() })) { call in
      if call == "makeRoom()" { throw Unexpected() }
      if call == "inspect()" { isInspected.open() }
    }
    let environment = try TestEnvironment(DispatcherTests.slack, time: time, ledger: ledger)
    await withThrowingTaskGroup { group in
      group.addTask { try await environment.dispatcher.run() }
      await isInspected.pass()
      group.cancelAll()
    }
    #expect(environment.printed.contains("ledger: "))
  }

  private func statuses(of ids: [DeliveryID], in ledger: any Ledger) async throws -> [DeliveryRecord.Status?] {
    var statuses: [DeliveryRecord.Status?] = []
    for id in ids { statuses.append(try await ledger.delivery(id)?.status) }
    return statuses
  }

  @Test("turns deliveries for a channel removed from the file into dead letters")
  func orphans() async throws {
    let environment = try TestEnvironment(DispatcherTests.slack) { _ in DispatcherTests.delivered }
    let other = try TestEnvironment(
      #"{"channels": {"old": {"kind": "file", "path": "x"}}, "routes": [{"to": "old"}]}"#
    ) { ScriptedTransport.accept($0) }
    _ = try await environment.ledger.ingest([.fired(alert("a"))], policy: other.policy, lease: nil)
    try await environment.dispatcher.drain()
    #expect(try await environment.ledger.deadLetters(limit: 1).first?.lastReason?.code == "no_such_channel")
  }

  @Test("does not announce a retry in the past for an immediate retry")
  func retryAtOnce() async throws {
    let time = VirtualTime()
    let refusal = Reply.http(HTTPReply(status: 200, body: Array(#"{"ok":false,"error":"invalid_blocks"}"#.utf8)))
    let environment = try TestEnvironment(
      DispatcherTests.slack,
      time: time,
      print: { _ in time.advance(by: .milliseconds(3)) },
      script: { _ in refusal }
    )
    let ids = try await fire([alert("a"), alert("b")], environment)
    try await environment.dispatcher.drain()
    #expect(ids.count == 2)
    let retries = environment.printed.all.filter { $0.contains("retry oncall") }
    #expect(retries.count == 2)
    for line in retries { #expect(line.contains("at once: invalid_blocks") && !line.contains("in -")) }
  }

  @Test("stores and shows that the service accepted a message with a warning")
  func warning() async throws {
    let body = #"{"ok":true,"channel":"D1","ts":"1.2","response_metadata":{"warnings":["message_truncated"]}}"#
    let environment = try TestEnvironment(DispatcherTests.slack) { _ in
      .http(HTTPReply(status: 200, body: Array(body.utf8)))
    }
    let ids = try await fire([alert("a")], environment)
    try await environment.dispatcher.drain()
    let receipt = try #require(try await environment.ledger.delivery(ids[0])?.receipt)
    #expect(receipt.remarks == ["accepted with a warning: message_truncated"])
    #expect(environment.printed.contains("accepted with a warning: message_truncated"))
    let record = try #require(try await environment.ledger.record(of: alert("a").key))
    let story = try await AlertStory.read(
      record,
      from: environment.ledger,
      configuration: environment.configuration,
      last: 10
    )
    let text = story.lines(TimeText(now: environment.time.now()), RuleNotes()).map(\.description).joined(
      separator: "\n"
    )
    #expect(text.contains("message_truncated"))
  }

  @Test("does not report a channel's pause in a command beside the notifier")
  func beside() async throws {
    let refusal = Reply.http(HTTPReply(status: 200, body: Array(#"{"ok":false,"error":"invalid_auth"}"#.utf8)))
    let environment = try TestEnvironment(DispatcherTests.slack) { _ in refusal }
    let terms = LeaseTerms(count: 64, duration: Dispatcher.lease)
    let ingested = try await environment.ledger.ingest([.fired(alert("a"))], policy: environment.policy, lease: terms)
    environment.dispatcher.hand(ingested.leased)
    await environment.dispatcher.finishLeased()
    #expect(environment.printed.contains("retry oncall"))
    #expect(!environment.printed.contains("left alone"))
  }

  @Test("releases a delivery whose lease is almost over instead of attempting it")
  func shortLease() async throws {
    let environment = try TestEnvironment(DispatcherTests.slack) { _ in DispatcherTests.delivered }
    let terms = LeaseTerms(count: 1, duration: .seconds(5))
    let ingested = try await environment.ledger.ingest([.fired(alert("a"))], policy: environment.policy, lease: terms)
    environment.dispatcher.hand(ingested.leased)
    await environment.dispatcher.finishLeased()
    #expect(environment.sent.isEmpty)
    try await environment.dispatcher.drain()
    #expect(environment.sent.count == 1)
  }
}

/// The peak number of concurrent callers; the first ones stay until so many are there.
private final class Gauge: Sendable {
  private let expected: Int
  private let state = Mutex((now: 0, highest: 0))
  var highest: Int { state.withLock { $0.highest } }

  init(expecting expected: Int) { self.expected = expected }

  func visit() async {
    state.withLock { state in
      state.now += 1
      state.highest = max(state.highest, state.now)
    }
    while highest < expected { await Task.yield() }
    // A chance for one too many.
    for _ in 0..<20 { await Task.yield() }
    state.withLock { $0.now -= 1 }
  }
}
