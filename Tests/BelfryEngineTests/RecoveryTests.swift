// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Synchronization
import Testing

@Suite("A channel that works again after an outage")
struct RecoveryTests {
  private static let channels = [
    "webhook": #""kind": "webhook", "url": "https://hook.example/""#,
    "slack-dm": #""kind": "slack-dm", "token": "${TOKEN}", "user": "U1", "rate": "unlimited""#,
    "smtp": #""kind": "smtp", "server": "smtp://localhost", "from": "belfry@example.com", "to": "a@example.com""#,
  ]

  /// A receiver that fails until a moment, and what it got.
  private final class Receiver: Sendable {
    let time = VirtualTime(startingAt: TestEnvironment.start)
    private let worksFrom: Instant
    private let failure: Reply
    /// Whether connections to it are possible while it fails.
    private let accepts: Bool
    private let log = Mutex<[(at: Instant, isCritical: Bool)]>([])
    private let connections = Mutex<[Instant]>([])

    init(downFor outage: Duration, _ failure: Reply, accepts: Bool = true) {
      worksFrom = TestEnvironment.start + outage
      self.failure = failure
      self.accepts = accepts
    }

    func connect() -> TransportFailure? {
      connections.withLock { $0.append(time.now()) }
      return accepts || time.now() >= worksFrom ? nil : TransportFailure(.notConnected, "refused")
    }

    func answer(_ outgoing: Outgoing) -> Reply {
      let text: String =
        switch outgoing {
        case .http(let http): String(decoding: http.body, as: UTF8.self)
        case .mail(let mail): String(decoding: mail.message, as: UTF8.self)
        case .append, .process: ""
        }
      log.withLock { $0.append((time.now(), text.contains("urgent"))) }
      return time.now() < worksFrom ? failure : ScriptedTransport.accept(outgoing)
    }

    /// The moments of the connections that only tested it while it failed, from the start of the outage.
    var refused: [Duration] {
      connections.withLock { $0 }.filter { $0 < worksFrom }.map { $0 - TestEnvironment.start }
    }
    /// The moments of the attempts while it failed, from the start of the outage.
    var failed: [Duration] { log.withLock { $0 }.filter { $0.at < worksFrom }.map { $0.at - TestEnvironment.start } }
    /// How long after the end of the outage each message arrived.
    var arrived: [(after: Duration, isCritical: Bool)] {
      log.withLock { $0 }.filter { $0.at >= worksFrom }.map { ($0.at - worksFrom, $0.isCritical) }
    }
  }

  private static let unavailable = Reply.http(HTTPReply(status: 503))

  /// Sends alerts to a receiver when its outage begins, and follows the dispatcher from one attempt to the next.
  private func run(
    _ kind: String,
    downFor outage: Duration,
    _ failure: Reply,
    alerts: [Alert],
    accepts: Bool = true,
    for span: Duration? = nil
  ) async throws -> Receiver {
    let receiver = Receiver(downFor: outage, failure, accepts: accepts)
    let channel = try #require(Self.channels[kind])
    let environment = try TestEnvironment(
      #"{"channels": {"oncall": {\#(channel)}}, "routes": [{"to": "oncall"}], "cooldown": "0s"}"#,
      time: receiver.time,
      connecting: { _ in receiver.connect() }
    ) { receiver.answer($0) }
    _ = try await environment.ledger.ingest(alerts.map { .fired($0) }, policy: environment.policy, lease: nil)
    let end = environment.now + (span ?? outage * 2 + .seconds(60))
    while receiver.time.now() < end {
      try await environment.dispatcher.drain()
      guard let next = try await environment.dispatcher.nextAttempt() else { break }
      receiver.time.advance(by: max(.milliseconds(1), next - receiver.time.now()))
    }
    return receiver
  }

  private static let refused = Reply.failed(TransportFailure(.notConnected, "refused"))

  private static let criticals = (0..<8).map { alert("c\($0)", title: "urgent") }

  @Test(
    "gets its first critical message within two seconds or a fifth of the outage, and all within twice that",
    arguments: ["webhook", "slack-dm", "smtp"],
    [1, 2, 5, 9, 11, 70, 600, 3000]
  )
  func critical(kind: String, outage: Int) async throws {
    let failure = kind == "smtp" ? Reply.failed(TransportFailure(.notConnected, "refused")) : Self.unavailable
    let receiver = try await run(kind, downFor: .seconds(outage), failure, alerts: Self.criticals)
    let arrived = receiver.arrived.map(\.after)
    let goal = max(Duration.seconds(2), Duration.seconds(outage) / 5)
    #expect(arrived.count == 8)
    #expect(try #require(arrived.first) <= goal)
    #expect(try #require(arrived.last) <= goal * 2)
  }

  @Test(
    "is only connected to while its host is down, and then gets its most severe message at once",
    arguments: ["webhook", "slack-dm", "smtp"],
    [5, 20, 70, 600, 3000]
  )
  func hostDown(kind: String, outage: Int) async throws {
    let others = (0..<20).map { alert("w\($0)", .warning) }
    let receiver = try await run(
      kind,
      downFor: .seconds(outage),
      Self.refused,
      alerts: others + Self.criticals,
      accepts: false
    )
    let goal = max(Duration.seconds(2), Duration.seconds(outage) / 5)
    #expect(receiver.arrived.count == 28)
    #expect(try #require(receiver.arrived.first { $0.isCritical }).after <= goal)
    #expect(try #require(receiver.arrived.last).after <= goal * 2)
    // Only what failed before it was known that the host is down; with mail, the subject of all is as urgent.
    #expect(receiver.failed.allSatisfy { $0 <= .seconds(4) })
    #expect(!receiver.refused.isEmpty)
    for (earlier, later) in zip(receiver.refused, receiver.refused.dropFirst()) {
      #expect(later - earlier >= max(.milliseconds(800), min(earlier / 8, .seconds(240))))
    }
  }

  @Test("gets no message and no other attempt is counted while its host is down for hours, and each ends in time")
  func longDown() async throws {
    let receiver = Receiver(downFor: .seconds(40 * 3600), Self.refused, accepts: false)
    let channel = try #require(Self.channels["webhook"])
    let environment = try TestEnvironment(
      #"{"channels": {"oncall": {\#(channel)}}, "routes": [{"to": "oncall"}], "cooldown": "0s"}"#,
      time: receiver.time,
      connecting: { _ in receiver.connect() }
    ) { receiver.answer($0) }
    let ids = try await environment.ledger.ingest(
      [.fired(alert("a")), .fired(alert("b", .info))],
      policy: environment.policy,
      lease: nil
    ).decisions.flatMap(\.decision.deliveries)
    let end = environment.now + .seconds(26 * 3600)
    while receiver.time.now() < end {
      try await environment.dispatcher.drain()
      guard let next = try await environment.dispatcher.nextAttempt() else { break }
      receiver.time.advance(by: max(.milliseconds(1), next - receiver.time.now()))
    }
    #expect(receiver.failed.count <= 4)
    for (id, hours) in zip(ids, [24, 6]) {
      let record = try #require(try await environment.ledger.delivery(id))
      #expect(record.status == .dead)
      #expect(record.lastReason?.code == "not_connected")
      #expect(record.attempts <= 4)
      let lived = try #require(record.settledAt) - TestEnvironment.start
      #expect(lived >= .seconds(hours * 3600 - 60) && lived <= .seconds(hours * 3600 + 1200))
    }
  }

  @Test("gets the critical ones of many messages first", arguments: [2, 5, 70, 600])
  func mixed(outage: Int) async throws {
    let others = (0..<192).map { alert("w\($0)", [.warning, .info][$0 % 2]) }
    let receiver = try await run(
      "webhook",
      downFor: .seconds(outage),
      Self.unavailable,
      alerts: others + Self.criticals
    )
    let goal = max(Duration.seconds(2), Duration.seconds(outage) / 5)
    #expect(receiver.arrived.count == 200)
    #expect(try #require(receiver.arrived.first { $0.isCritical }).after <= goal)
    #expect(try #require(receiver.arrived.last).after <= goal * 2)
    // One probe may be any message; then the critical ones start first, together with what has room beside them. On a busy
    // machine an attempt that started early may arrive after many that started later.
    #expect(receiver.arrived.prefix(64).count(where: \.isCritical) == 8)
  }

  @Test("is tried once per pause while it fails, by a critical message if one waits", arguments: [1, 200])
  func dead(count: Int) async throws {
    let alerts = (0..<count).map { alert("a\($0)", $0 == 0 ? .critical : .info, title: $0 == 0 ? "urgent" : "other") }
    let receiver = try await run(
      "webhook",
      downFor: .seconds(7200),
      Self.unavailable,
      alerts: alerts,
      for: .seconds(3600)
    )
    let failed = receiver.failed
    let atOnce = failed.count { $0 == .zero }
    // Eight at a time, and one more when the first has failed.
    #expect(atOnce <= 9)
    for (earlier, later) in zip(failed, failed.dropFirst()) where later > .zero {
      #expect(later - earlier >= max(.milliseconds(800), min(earlier / 8, .seconds(240))))
    }
    #expect((40...60).contains(failed.count - atOnce), "\(failed.count)")
  }

  @Test("is not flooded by one message that it always refuses")
  func poison() async throws {
    let receiver = VirtualTime(startingAt: TestEnvironment.start)
    let refused = Mutex(0)
    let environment = try TestEnvironment(
      #"{"channels": {"oncall": {"kind": "webhook", "url": "https://hook.example/"}}, "routes": [{"to": "oncall"}], "cooldown": "0s"}"#,
      time: receiver
    ) { outgoing in
      guard case .http(let http) = outgoing, String(decoding: http.body, as: UTF8.self).contains("poison") else {
        return ScriptedTransport.accept(outgoing)
      }
      refused.withLock { $0 += 1 }
      return Self.unavailable
    }
    let poison = try await environment.ledger.ingest(
      [.fired(alert("poison", title: "poison"))],
      policy: environment.policy,
      lease: nil
    ).decisions.flatMap(\.decision.deliveries)
    for second in 0..<600 {
      let ids = try await environment.ledger.ingest(
        [.fired(alert("a\(second)", .info))],
        policy: environment.policy,
        lease: nil
      )
      .decisions.flatMap(\.decision.deliveries)
      try await environment.dispatcher.drain()
      #expect(try await environment.ledger.delivery(ids[0])?.status == .delivered)
      receiver.advance(by: .seconds(1))
    }
    #expect(try await environment.ledger.delivery(poison[0])?.status == .pending)
    #expect((5...20).contains(refused.withLock { $0 }))
  }

  @Test(
    "is asked again within ten minutes, and once shortly before the time is up, whatever wait it names",
    arguments: [(Severity.critical, 24), (.info, 6)],
    [30, 86_400, 31_536_000]
  )
  func farRetryAfter(budget: (Severity, hours: Int), asked: Int) async throws {
    let receiver = Receiver(
      downFor: .seconds(200_000),
      .http(HTTPReply(status: 503, fields: [("Retry-After", "\(asked)")]))
    )
    let channel = try #require(Self.channels["webhook"])
    let environment = try TestEnvironment(
      #"{"channels": {"oncall": {\#(channel)}}, "routes": [{"to": "oncall"}], "cooldown": "0s"}"#,
      time: receiver.time
    ) { receiver.answer($0) }
    let id = try #require(
      try await environment.ledger.ingest([.fired(alert("a", budget.0))], policy: environment.policy, lease: nil)
        .decisions.first?.decision.deliveries.first
    )
    let end = Duration.seconds(budget.hours * 3600)
    while try await environment.ledger.delivery(id)?.status == .pending {
      try await environment.dispatcher.drain()
      guard let next = try await environment.dispatcher.nextAttempt() else { break }
      receiver.time.advance(by: max(.milliseconds(1), next - receiver.time.now()))
    }
    let failed = receiver.failed
    #expect(failed.count > 1)
    #expect(
      zip(failed, failed.dropFirst()).allSatisfy { $1 - $0 <= .seconds(600) && $1 - $0 >= .seconds(min(asked, 30)) }
    )
    let last = try #require(failed.last)
    #expect(last <= end && last >= end - .seconds(60))
  }

  @Test("is not asked again before the wait that it named is over, also after a restart", arguments: [30, 300])
  func restart(asked: Int) async throws {
    let receiver = Receiver(downFor: .seconds(1), .http(HTTPReply(status: 503, fields: [("Retry-After", "\(asked)")])))
    let channel = try #require(Self.channels["webhook"])
    let json = #"{"channels": {"oncall": {\#(channel)}}, "routes": [{"to": "oncall"}], "cooldown": "0s"}"#
    let environment = try TestEnvironment(json, time: receiver.time) { receiver.answer($0) }
    _ = try await environment.ledger.ingest([.fired(alert("a"))], policy: environment.policy, lease: nil)
    try await environment.dispatcher.drain()
    let restarted = try TestEnvironment(json, time: receiver.time, ledger: environment.ledger) { receiver.answer($0) }
    receiver.time.advance(by: .seconds(asked - 1))
    try await restarted.dispatcher.drain()
    #expect(receiver.arrived.isEmpty)
    receiver.time.advance(by: .seconds(1))
    try await restarted.dispatcher.drain()
    #expect(receiver.arrived.count == 1)
  }
}
