// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryOperations
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Synchronization
import Testing

@Suite("A message that a channel cannot deliver")
struct FailoverTests {
  private static let json = """
    {"channels": {
       "oncall": {"kind": "slack-dm", "token": "${TOKEN}", "user": "U1", "rate": "unlimited"FALLBACK},
       "phone": {"kind": "file", "path": "phone.txt", "format": "text"}},
     "routes": [{"match": {"category": "phone"}, "to": "phone"}, {"to": "oncall", "resolved": true}], "cooldown": "0s"MORE}
    """

  private func environment(
    fallback: Bool = true,
    more: String = "",
    slack: @escaping @Sendable (Outgoing) -> Reply
  ) throws -> TestEnvironment {
    let json = FailoverTests.json.replacing("FALLBACK", with: fallback ? #", "fallback": "phone""# : "")
      .replacing("MORE", with: more)
    return try TestEnvironment(json) { outgoing in
      if case .http = outgoing { slack(outgoing) } else { ScriptedTransport.accept(outgoing) }
    }
  }

  private func fire(_ environment: TestEnvironment, _ alerts: Alert...) async throws -> [DeliveryID] {
    let ingested = try await environment.ledger.ingest(
      alerts.map { .fired($0) },
      policy: environment.policy,
      lease: nil
    )
    environment.dispatcher.wake()
    return ingested.decisions.flatMap(\.decision.deliveries)
  }

  /// Lets the channel fail until its circuit opens.
  private func fail(_ environment: TestEnvironment) async throws {
    for _ in 0..<15 where environment.dispatcher.circuits.isEmpty {
      try await environment.dispatcher.drain()
      environment.time.advance(by: .seconds(1))
    }
    try await environment.dispatcher.drain()
    #expect(environment.dispatcher.circuits.map(\.channel) == ["oncall"])
  }

  private func texts(_ environment: TestEnvironment) -> [String] {
    environment.sent.compactMap {
      if case .append(let append) = $0 { String(decoding: append.bytes, as: UTF8.self) } else { nil }
    }
  }

  private func refusal(_ code: String) -> Reply {
    .http(HTTPReply(status: 200, body: Array(#"{"ok":false,"error":"\#(code)"}"#.utf8)))
  }

  @Test("is sent by the fallback, and states what failed and why")
  func target() async throws {
    let environment = try environment { _ in refusal("user_not_found") }
    let id = try await fire(environment, alert("a", .info))[0]
    try await environment.dispatcher.drain()
    let record = try #require(try await environment.ledger.delivery(id))
    #expect(record.status == .forwarded)
    let successor = try #require(record.successor)
    #expect(try await environment.ledger.delivery(successor)?.status == .delivered)
    #expect(texts(environment).first?.contains("sent here because oncall failed: user_not_found") == true)
  }

  @Test("is a dead letter if there is no fallback")
  func noFallback() async throws {
    let environment = try environment(fallback: false) { _ in refusal("user_not_found") }
    let id = try await fire(environment, alert("a", .info))[0]
    try await environment.dispatcher.drain()
    let record = try #require(try await environment.ledger.delivery(id))
    #expect(record.status == .dead)
    #expect(record.lastReason?.outcome == .target)
  }

  @Test(
    "goes to the fallback at once if it is critical, or of the first row of the file's severities, and the circuit is open",
    arguments: [("critical", "info", ""), ("page", "error", #", "severities": [["page"], ["error"], ["info"]]"#)]
  )
  func circuit(first: String, second: String, severities: String) async throws {
    let environment = try environment(more: severities) { _ in .failed(TransportFailure(.notConnected, "refused")) }
    _ = try await fire(environment, alert("a", .info), alert("b", .info))
    try await fail(environment)
    #expect(texts(environment).isEmpty)
    let sent = environment.sent.count
    let ids = try await fire(environment, alert("f", Severity(first)), alert("g", Severity(second)))
    try await environment.dispatcher.drain()
    #expect(environment.sent.count == sent + 1, "nothing is tried on a channel whose circuit is open")
    #expect(texts(environment).count == 1)
    var statuses: [String: DeliveryRecord.Status] = [:]
    for id in ids {
      let record = try #require(try await environment.ledger.delivery(id))
      statuses[try #require(record.delivery.content.alerts.first).id] = record.status
    }
    #expect(statuses == ["f": .forwarded, "g": .pending])
  }

  @Test("goes to the fallback when the circuit opens, even if it waits for a retry")
  func retrying() async throws {
    let environment = try environment { _ in .failed(TransportFailure(.notConnected, "refused")) }
    let ids = try await fire(environment, alert("a"), alert("b"), alert("c"))
    try await environment.dispatcher.drain()
    #expect(environment.dispatcher.circuits.isEmpty)
    #expect(texts(environment).isEmpty)
    try await fail(environment)
    for id in ids { #expect(try await environment.ledger.delivery(id)?.status == .forwarded) }
    #expect(texts(environment).count == 3)
  }

  @Test("raises an alert about the channel once, on another channel, which also reports its recovery")
  func alarm() async throws {
    let isDown = Mutex(true)
    let environment = try environment(fallback: false) { _ in
      isDown.withLock { $0 } ? refusal("invalid_auth") : DispatcherTests.delivered
    }
    var alarms = ChannelAlarms(active: [])
    _ = try await fire(environment, alert("a"))
    for _ in 0..<3 {
      try await environment.dispatcher.drain()
      try await environment.notifier.notifyAboutChannels(&alarms)
      try await environment.dispatcher.drain()
      environment.time.advance(by: .seconds(700))
    }
    #expect(texts(environment).count == 1)
    #expect(texts(environment).first?.contains("Channel oncall is failing") == true)
    #expect(texts(environment).first?.contains("belfry test --channel oncall") == true)
    isDown.withLock { $0 = false }
    try await environment.dispatcher.drain()
    try await environment.notifier.notifyAboutChannels(&alarms)
    #expect(environment.dispatcher.circuits.isEmpty)
    #expect(try await environment.ledger.activeAlerts().keys.map(\.id) == ["a"])
  }

  @Test("raises an alert that does not return to the failing channel as another's fallback")
  func alarmInACircle() async throws {
    let json = """
      {"channels": {
         "oncall": {"kind": "slack-dm", "token": "${TOKEN}", "user": "U1", "rate": "unlimited"},
         "phone": {"kind": "slack-dm", "token": "${TOKEN}", "user": "U2", "rate": "unlimited", "fallback": "oncall"}},
       "routes": [{"to": "oncall"}], "cooldown": "0s"}
      """
    let isDown = Mutex(true)
    let environment = try TestEnvironment(json) { _ in
      isDown.withLock { $0 } ? refusal("invalid_auth") : DispatcherTests.delivered
    }
    var alarms = ChannelAlarms(active: [])
    _ = try await fire(environment, alert("a"))
    for _ in 0..<4 {
      try await environment.dispatcher.drain()
      try await environment.notifier.notifyAboutChannels(&alarms)
      try await environment.dispatcher.drain()
    }
    let alarm = try await environment.ledger.record(of: AlertKey(source: .belfry, id: "channel/oncall"))
    var ids = alarm?.notified.flatMap(\.deliveries) ?? []
    var ways: [String] = []
    while let id = ids.popLast(), let record = try await environment.ledger.delivery(id) {
      ways.append("\(record.delivery.channel) \(record.status)")
      if let successor = record.successor { ids.append(successor) }
    }
    #expect(ways == ["oncall forwarded", "phone pending"])
  }

  @Test("leaves the circuit open over a restart, and is not reported again")
  func restart() async throws {
    let environment = try environment(fallback: false) { _ in refusal("invalid_auth") }
    _ = try await fire(environment, alert("a"))
    try await environment.dispatcher.drain()
    #expect(try await environment.ledger.circuits().map(\.channel) == ["oncall"])
    #expect(try await environment.ledger.circuits().first?.reason.code == "invalid_auth")
  }

  @Test("is sent again in its plainest form if it is refused, and then given up")
  func payload() async throws {
    let environment = try environment(fallback: false) { _ in refusal("invalid_blocks") }
    let id = try await fire(environment, alert("a"))[0]
    try await environment.dispatcher.drain()
    let bodies = environment.sent.compactMap {
      if case .http(let http) = $0 { String(decoding: http.body, as: UTF8.self) } else { nil }
    }
    #expect(bodies.map { $0.contains("\"blocks\"") } == [true, false])
    #expect(bodies.last?.contains("plain text only, because the formatted message was refused: invalid_blocks") == true)
    #expect(try await environment.ledger.delivery(id)?.status == .dead)
    #expect(try await environment.ledger.delivery(id)?.lastReason?.outcome == .payload)
  }

  @Test("has its full budget again when it is retried as a dead letter, and states that")
  func revived() async throws {
    let isDown = Mutex(true)
    let environment = try environment(fallback: false) { _ in
      isDown.withLock { $0 } ? refusal("user_not_found") : DispatcherTests.delivered
    }
    let id = try await fire(environment, alert("a"))[0]
    try await environment.dispatcher.drain()
    environment.time.advance(by: .seconds(90_000))
    isDown.withLock { $0 = false }
    #expect(try await environment.ledger.mend([id], by: .retry) == [.done])
    try await environment.dispatcher.drain()
    #expect(try await environment.ledger.delivery(id)?.status == .delivered)
    guard case .http(let http) = try #require(environment.sent.last) else { return }
    #expect(String(decoding: http.body, as: UTF8.self).contains("it was a dead letter and was retried manually"))
  }

  @Test("has its resolution sent where its start was, even if the channel works again")
  func end() async throws {
    let isDown = Mutex(true)
    let environment = try environment { _ in
      isDown.withLock { $0 } ? refusal("user_not_found") : DispatcherTests.delivered
    }
    let first = alert("a", .info)
    _ = try await fire(environment, first)
    try await environment.dispatcher.drain()
    isDown.withLock { $0 = false }
    let calls = environment.sent.count
    _ = try await environment.ledger.ingest([.resolved(first.key)], policy: environment.policy, lease: nil)
    try await environment.dispatcher.drain()
    #expect(texts(environment).count == 2)
    #expect(texts(environment).last?.contains("because the first message about it was sent here") == true)
    #expect(environment.sent.count == calls + 1)
  }

  // MARK: - Waits requested by a server

  /// Answers that ask for a wait of many hours.
  private static let longWaits: [[(name: String, value: String)]] = [
    [("Retry-After", "80000")], [("Retry-After", "99999999999999999999")],
    [("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Retry-After", "Mon, 07 Nov 1994 08:49:37 GMT")],
  ]

  @Test("goes to the fallback at once if it is critical and the server asks for a long wait", arguments: [0, 1, 2])
  func longWait(form: Int) async throws {
    let environment = try environment { _ in .http(HTTPReply(status: 503, fields: Self.longWaits[form])) }
    let ids = try await fire(environment, alert("a"), alert("b"), alert("i", .info))
    try await environment.dispatcher.drain()
    for id in ids.prefix(2) { #expect(try await environment.ledger.delivery(id)?.status == .forwarded) }
    #expect(texts(environment).count == 2)
    let rest = try #require(try await environment.ledger.delivery(ids[2]))
    #expect(rest.status == .pending && rest.visibleAt <= environment.time.now() + .seconds(600))
  }

  @Test("waits at most ten minutes for a server that asks for a long wait, and the operator is notified")
  func longWaitWithoutFallback() async throws {
    let isDown = Mutex(true)
    let environment = try environment(fallback: false) { _ in
      let down = Reply.http(HTTPReply(status: 503, fields: Self.longWaits[0]))
      return isDown.withLock { $0 } ? down : DispatcherTests.delivered
    }
    var alarms = ChannelAlarms(active: [])
    let alerts = (0..<10).map { alert("a\($0)") }
    let ids = try await environment.ledger.ingest(alerts.map { .fired($0) }, policy: environment.policy, lease: nil)
      .decisions
      .flatMap(\.decision.deliveries)
    try await environment.dispatcher.drain()
    try await environment.notifier.notifyAboutChannels(&alarms)
    try await environment.dispatcher.drain()
    #expect(texts(environment).first?.contains("Channel oncall is failing") == true)
    let next = try #require(try await environment.dispatcher.nextAttempt())
    #expect(next <= environment.time.now() + .seconds(600))
    let status = try await StatusReport.read(environment.ledger, environment.configuration)
    #expect(status.isBadNews(at: environment.time.now()))
    #expect(status.channels.first { $0.name == "oncall" }?.nextAttempt == next)
    isDown.withLock { $0 = false }
    environment.time.advance(by: .seconds(600))
    try await environment.dispatcher.drain()
    for id in ids { #expect(try await environment.ledger.delivery(id)?.status == .delivered) }
  }

  @Test("goes to the fallback if it is critical and short waits add up, though other messages get through")
  func shortWaits() async throws {
    let environment = try environment { outgoing in
      guard case .http(let http) = outgoing, String(decoding: http.body, as: UTF8.self).contains("stuck") else {
        return DispatcherTests.delivered
      }
      return .http(HTTPReply(status: 429, fields: [("Retry-After", "20")]))
    }
    let stuck = try await fire(environment, alert("stuck", title: "stuck"))[0]
    for index in 0..<4 {
      _ = try await fire(environment, alert("other \(index)"))
      try await environment.dispatcher.drain()
      environment.time.advance(by: .seconds(20))
    }
    try await environment.dispatcher.drain()
    #expect(environment.dispatcher.circuits.isEmpty)
    #expect(try await environment.ledger.delivery(stuck)?.status == .forwarded)
  }
}
