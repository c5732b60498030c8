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

/// The machine's clock is set while the notifier runs: nothing is lost, sent twice, or delayed by it.
@Suite("A clock change", .endsIfItHangs)
struct ClockStepTests {
  private static let hourBack = Duration.seconds(-3600)

  private func environment(rate: String = "unlimited", _ replies: [Reply]) throws -> TestEnvironment {
    let replies = Mutex(replies)
    return try TestEnvironment(
      """
      {"channels": {"oncall": {"kind": "slack-dm", "token": "${TOKEN}", "user": "U1", "rate": "\(rate)"}},
       "routes": [{"to": "oncall"}], "cooldown": "0s"}
      """
    ) { _ in replies.withLock { $0.isEmpty ? DispatcherTests.delivered : $0.removeFirst() } }
  }

  private func fire(_ alerts: [Alert], _ environment: TestEnvironment) async throws {
    _ = try await environment.ledger.ingest(alerts.map { .fired($0) }, policy: environment.policy, lease: nil)
  }

  /// The cause of a message's delay, and its length in seconds.
  struct Wait: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let replies: [Reply]
    let seconds: Int
  }

  private static let waits = [
    Wait(testDescription: "a backoff", replies: [.http(HTTPReply(status: 503))], seconds: 1),
    Wait(
      testDescription: "what the server asked for",
      replies: [.http(HTTPReply(status: 429, fields: [("retry-after", "30")]))],
      seconds: 30
    ),
    Wait(
      testDescription: "an open circuit",
      replies: [.http(HTTPReply(status: 200, body: Array(#"{"ok":false,"error":"invalid_auth"}"#.utf8)))],
      seconds: 27
    ),
  ]

  @Test("of an hour back makes no wait longer or shorter", arguments: waits)
  func back(wait: Wait) async throws {
    let environment = try environment(wait.replies)
    try await fire([alert("a")], environment)
    try await environment.dispatcher.drain()
    environment.time.step(by: Self.hourBack)
    try await environment.dispatcher.drain()
    environment.time.advance(by: .seconds(wait.seconds) - .milliseconds(1))
    try await environment.dispatcher.drain()
    #expect(environment.sent.count == 1)
    environment.time.advance(by: .milliseconds(2))
    try await environment.dispatcher.drain()
    #expect(environment.sent.count == 2)
    #expect(try await environment.ledger.summary().deliveries["oncall"] == [.delivered: 1])
  }

  @Test("of an hour back keeps the pace, and leaves due deliveries due")
  func pace() async throws {
    let environment = try environment(rate: "1/m", [])
    try await fire((0..<4).map { alert("a\($0)") }, environment)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await Self.run(environment) }
      for count in 1...3 {
        // It notices within five seconds that the clock was set, and waits at most that much longer.
        for _ in 0..<70 {
          await environment.dispatcherIsWaiting()
          if environment.sent.count == count { break }
          environment.time.advance(by: .seconds(1))
        }
        #expect(environment.sent.count == count)
        environment.time.step(by: Self.hourBack)
      }
      group.cancelAll()
    }
  }

  @Test("of a day forward during an attempt causes no second one")
  func forward() async throws {
    let time = VirtualTime()
    let running = Mutex<TestEnvironment?>(nil)
    let environment = try TestEnvironment(DispatcherTests.slack, time: time) { _ in
      // The first attempt takes it, so that the clock is set once.
      guard let environment = running.withLock({ $0.take() }) else { return DispatcherTests.delivered }
      time.step(by: .seconds(86_400))
      environment.dispatcher.wake()
      // Until a turn has noticed it: the lease seems to have ended.
      while environment.sent.count <= 1, !environment.printed.contains("clock was set") { await Task.yield() }
      return DispatcherTests.delivered
    }
    running.withLock { $0 = environment }
    try await fire([alert("a")], environment)
    try await environment.dispatcher.drain()
    #expect(environment.sent.count == 1)
    let summary = try await environment.ledger.summary()
    #expect(summary.deliveries["oncall"] == [.delivered: 1])
    #expect(summary.staleSettlements == 0)
  }

  private static func run(_ environment: TestEnvironment) async {
    do { try await environment.dispatcher.run() } catch { Issue.record(error) }
  }

  @Test("forward uses up no retry budget: a delivery seconds old is not a dead letter", arguments: [true, false])
  func budget(isUnderWay: Bool) async throws {
    let time = VirtualTime()
    let isDown = Mutex(true)
    let environment = try TestEnvironment(DispatcherTests.slack, time: time) { _ in
      guard isDown.withLock({ $0 }) else { return DispatcherTests.delivered }
      if isUnderWay { time.step(by: .seconds(2 * 86_400)) }
      return .http(HTTPReply(status: 503))
    }
    try await fire([alert("a")], environment)
    try await environment.dispatcher.drain()
    if !isUnderWay { time.step(by: .seconds(2 * 86_400)) }
    time.advance(by: .seconds(2))
    isDown.withLock { $0 = false }
    try await environment.dispatcher.drain()
    #expect(try await environment.ledger.summary().deliveries["oncall"] == [.delivered: 1])
  }

  @Test("back makes no retry budget longer")
  func budgetBack() async throws {
    let environment = try TestEnvironment(DispatcherTests.slack) { _ in .http(HTTPReply(status: 503)) }
    try await fire([alert("a")], environment)
    try await environment.dispatcher.drain()
    environment.time.advance(by: .seconds(12 * 3600))
    environment.time.step(by: .seconds(-10 * 3600))
    try await environment.dispatcher.drain()
    #expect(try await environment.ledger.summary().deliveries["oncall"] == [.pending: 1])
    environment.time.advance(by: .seconds(12 * 3600))
    try await environment.dispatcher.drain()
    #expect(try await environment.ledger.summary().deliveries["oncall"] == [.dead: 1])
  }

  // MARK: - Rules

  /// Consecutive steps.
  struct Steps: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let steps: [Int]
  }

  private static let steps = [
    Steps(testDescription: "back an hour", steps: [-3600]),
    Steps(testDescription: "forward a day", steps: [86_400]),
    Steps(testDescription: "forward a day and back", steps: [86_400, -86_400]),
    Steps(testDescription: "back an hour and forward", steps: [-3600, 3600]),
  ]

  /// A rule that sends a message after `seconds`, once `sent` messages have been sent.
  struct HoldRule: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let route: String
    let alerts: [String]
    let sent: Int
    let seconds: Int
  }

  private static let holds = [
    HoldRule(
      testDescription: "a group",
      route: #""group": {"by": "category", "wait": "5s"}"#,
      alerts: ["a", "b"],
      sent: 0,
      seconds: 5
    ),
    HoldRule(testDescription: "a cooldown", route: #""cooldown": "10m""#, alerts: ["a", "b"], sent: 1, seconds: 600),
    HoldRule(testDescription: "a reminder", route: #""repeat": "10m""#, alerts: ["a"], sent: 1, seconds: 600),
    HoldRule(
      testDescription: "an escalation",
      route: #""escalate": {"after": "15m", "to": "phone"}"#,
      alerts: ["a"],
      sent: 1,
      seconds: 900
    ),
  ]

  private func environment(_ route: String, _ rest: String = "") throws -> TestEnvironment {
    try TestEnvironment(
      """
      {"channels": {"oncall": {"kind": "slack-dm", "token": "${TOKEN}", "user": "U1", "rate": "unlimited"},
                    "phone": {"kind": "file", "path": "phone.txt", "format": "text"}},
       "routes": [{"to": "oncall", \(route)}], "cooldown": 0\(rest)}
      """
    ) { ScriptedTransport.accept($0) }
  }

  private func work(_ environment: TestEnvironment) async throws {
    try await environment.notifier.fireTimers()
    try await environment.dispatcher.drain()
  }

  @Test("while a rule delays a message makes the wait no longer and no shorter", arguments: holds, steps)
  func rules(hold: HoldRule, steps: Steps) async throws {
    let environment = try environment(hold.route)
    for id in hold.alerts { try await environment.notifier.ingest([.fired(alert(id))]) }
    try await work(environment)
    #expect(environment.sent.count == hold.sent)
    for step in steps.steps {
      environment.time.step(by: .seconds(step))
      try await work(environment)
    }
    environment.time.advance(by: .seconds(hold.seconds) - .milliseconds(1))
    try await work(environment)
    #expect(environment.sent.count == hold.sent)
    environment.time.advance(by: .milliseconds(2))
    try await work(environment)
    #expect(environment.sent.count == hold.sent + 1)
  }

  @Test("before a rule is asked releases nothing from an open cooldown")
  func openCooldown() async throws {
    let environment = try environment(#""cooldown": "10m""#)
    try await environment.notifier.ingest([.fired(alert("a"))])
    environment.time.step(by: .seconds(86_400))
    try await environment.notifier.ingest([.fired(alert("b"))])
    try await work(environment)
    #expect(environment.sent.count == 1)
  }

  @Test("of a day forward and back skips no digest")
  func digest() async throws {
    let environment = try environment(
      #""digest": "morning""#,
      #", "digests": {"morning": {"at": "09:00", "timezone": "UTC", "to": "oncall"}}"#
    )
    try await environment.ledger.adopt(policy: environment.policy)
    try await environment.notifier.ingest([.fired(alert("a", .info))])
    for step in [86_400, -86_400] {
      environment.time.step(by: .seconds(step))
      try await work(environment)
    }
    #expect(environment.sent.count == 1)
    try await environment.notifier.ingest([.fired(alert("b", .info))])
    // It is eight o'clock.
    environment.time.advance(by: .seconds(3600))
    try await work(environment)
    #expect(environment.sent.count == 2)
  }

  @Test("back to hours that are not quiet releases alerts that waited for the end of quiet hours")
  func quiet() async throws {
    let environment = try environment(#""quiet": {"from": "07:30", "to": "20:00", "timezone": "UTC"}"#)
    try await environment.notifier.ingest([.fired(alert("a"))])
    try await work(environment)
    #expect(environment.sent.isEmpty)
    environment.time.step(by: .seconds(-3600))
    try await work(environment)
    #expect(environment.sent.count == 1)
  }

  @Test("back within quiet hours releases nothing")
  func stillQuiet() async throws {
    let environment = try environment(#""quiet": {"from": "05:30", "to": "09:00", "timezone": "UTC"}"#)
    try await environment.notifier.ingest([.fired(alert("a"))])
    environment.time.step(by: .seconds(-3600))
    try await work(environment)
    environment.time.advance(by: .seconds(3600))
    try await work(environment)
    #expect(environment.sent.isEmpty)
    environment.time.advance(by: .seconds(3600))
    try await work(environment)
    #expect(environment.sent.count == 1)
  }

  @Test("forward ends no pushed alert", arguments: [300, 200_000])
  func expiry(seconds: Int) async throws {
    let environment = try environment(#""resolved": true"#)
    let until = environment.time.now() + .seconds(seconds)
    try await environment.notifier.ingest([.pushed(alert("a"), until: Expiry(at: until))])
    environment.time.step(by: .seconds(86_400))
    try await work(environment)
    #expect(try await environment.ledger.activeAlerts().count == 1)
    environment.time.advance(by: .seconds(min(seconds, 200_000 - 86_400)))
    try await work(environment)
    #expect(try await environment.ledger.activeAlerts().isEmpty)
  }

  @Test("back keeps an alert acknowledgeable by the link in its message")
  func acknowledged() async throws {
    let environment = try environment(#""repeat": "10m""#)
    let one = alert("a")
    try await environment.notifier.ingest([.fired(one)])
    environment.time.step(by: .seconds(-3600))
    let now = environment.time.now()
    try await environment.notifier.ingest([.acknowledged(one.key, by: "ann", comment: "", during: now)])
    #expect(try await environment.ledger.record(of: one.key)?.acknowledgement != nil)
  }

  @Test("of an hour back leaves no source unread")
  func source() async throws {
    let environment = try environment([])
    let source = ScriptedSource("app")
    var watches = [
      SourceWatch(
        source.configured,
        every: .seconds(30),
        active: ActiveSet(source: "app", hashes: [:]),
        from: environment.time.now()
      )
    ]
    #expect(try await environment.notifier.cycle(&watches) != nil)
    environment.time.step(by: Self.hourBack)
    source.say([alert("a")])
    environment.time.advance(by: .seconds(30))
    #expect(try await environment.notifier.cycle(&watches)?.active == 1)
    #expect(try await environment.notifier.cycle(&watches) == nil, "and polls no more often than it should")
  }
}
