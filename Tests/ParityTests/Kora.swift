// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryFile
import BelfryLedger
import BelfryPolicy
import BelfrySMTP
import BelfrySlackDM
import BelfrySources
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
import Synchronization
import Testing

/// Kora's shipped configuration, run on a virtual clock and an in-memory ledger, with services played by a test.
final class Kora {
  let time: VirtualTime
  let configuration: Configuration
  let findings: [Finding]
  let ledger: any Ledger
  let transport: ScriptedTransport
  private let dispatcher: Dispatcher
  private let notifier: Notifier
  private let audit: AuditLog
  private let auditRows = KeptRows()
  private let source: KoraSource
  private var watches: [SourceWatch]
  private var isRead = 0

  /// A complete environment of Kora.
  static let environment = [
    "KORA_SLACK_BOT_TOKEN": "xoxb-kora", "KORA_SLACK_JOSHUA_USER_ID": "U0JOSHUA",
    "KORA_EMAIL_JOSHUA_ADDRESS": "joshua@example.com", "KORA_EMAIL_KORA_ADDRESS": "kora@example.com",
    "KORA_COCKPIT_URL": "https://cockpit.example.com",
  ]

  static let start = Instant(seconds: 1_800_000_000)

  static func read(_ environment: [String: String]) throws -> (configuration: Configuration?, findings: [Finding]) {
    let file = URL(filePath: #filePath).appending(path: "../../../docs/examples/kora/channels.json").standardizedFileURL
    let registry = ChannelRegistry([FileChannel.self, SlackDMChannel.self, SMTPChannel.self])
    let reader = ConfigurationReader(registry: registry, sources: .builtIn, environment: environment)
    return reader.read(SourceText(name: "channels.json", bytes: try [UInt8](Data(contentsOf: file))), folder: "/kora")
  }

  /// Starts Kora's notifier in an environment that differs from `Kora.environment` by `changes`: an empty value unsets
  /// a variable.
  ///
  /// With the ledger of an earlier one, it is the same notifier after a restart.
  init(
    _ changes: [String: String] = [:],
    time: VirtualTime = VirtualTime(startingAt: Kora.start),
    ledger: (any Ledger)? = nil,
    script: @escaping @Sendable (Outgoing) -> Reply = { ScriptedTransport.accept($0) }
  ) async throws {
    let environment = Kora.environment.merging(changes) { $1 }.filter { !$0.value.isEmpty }
    let (configuration, findings) = try Kora.read(environment)
    var unpaced = try #require(configuration, "\(findings.map(\.text))")
    // Nobody moves the clock while this delivers; the dispatcher's own tests cover Slack's rate limit.
    for name in unpaced.channels.keys { unpaced.channels[name]?.rate = nil }
    self.configuration = unpaced
    (self.findings, self.time) = (findings, time)
    self.ledger =
      ledger ?? MemoryLedger(now: { time.now() }, ids: DeliveryIDSource(generator: FixedGenerator()))
    transport = ScriptedTransport { outgoing in
      if case .append = outgoing { .appended } else { script(outgoing) }
    }
    let console = Console(time: time) { _ in }
    let policy = Policy(rules: self.configuration.rules)
    audit = AuditLog(rows: auditRows, time: time, console: console)
    dispatcher = Dispatcher(
      ledger: self.ledger,
      carrier: transport,
      configuration: self.configuration,
      time: time,
      reporter: DeliveryReporter(console: console, audit: audit, time: time),
      random: { 0.5 }
    )
    notifier = Notifier(ledger: self.ledger, policy: policy, dispatcher: dispatcher, time: time, console: console)
    source = KoraSource()
    let start = Start(configuration: self.configuration, ledger: self.ledger, policy: policy, console: console)
    let written = self.configuration.sources.first { $0.name == KoraSource.name }
    let configured = ConfiguredSource(
      name: KoraSource.name,
      source: source,
      common: written?.common ?? CommonSourceSettings()
    )
    watches = try await start.watches([configured], at: time.now())
  }

  /// Runs one cycle with these active alerts, including delivery; an interval passes after it.
  @discardableResult
  func cycle(_ alerts: Alert...) async throws -> CycleReport { try await cycle(alerts) }

  @discardableResult
  func cycle(_ alerts: [Alert]) async throws -> CycleReport {
    source.say(alerts)
    return try await look()
  }

  @discardableResult
  func cycle(failing reason: String) async throws -> CycleReport {
    source.fail(reason)
    return try await look()
  }

  private func look() async throws -> CycleReport {
    let report = try await notifier.cycle(&watches)
    try await dispatcher.drain()
    time.advance(by: configuration.interval)
    return try #require(report)
  }

  /// Advances the time without a change at the source; timers fire and deliveries are retried when they are due.
  func pass(_ duration: Duration) async throws {
    let end = time.now() + duration
    while true {
      try await notifier.fireTimers()
      try await dispatcher.drain()
      let moments = [try await ledger.nextTimer(), try await dispatcher.nextAttempt()].compactMap(\.self)
      guard let next = moments.min(), next <= end else { break }
      if next > time.now() { time.advance(by: next - time.now()) }
    }
    if end > time.now() { time.advance(by: end - time.now()) }
  }

  /// The messages sent since the last call, each as `slack_dm: 🔴 [CRITICAL] Kora` or `email: [Kora alert] info: Title`.
  func sent() -> [String] {
    let carried = transport.carried
    defer { isRead = carried.count }
    return carried[isRead...].compactMap(\.headline)
  }

  /// The lines of the audit log.
  func rows() async -> [String] {
    _ = await audit.flush()
    return auditRows.all
  }
}

extension Outgoing {
  /// The message's first line or subject; nil for the audit log's rows.
  var headline: String? {
    switch self {
    case .append, .process: nil
    case .http(let exchange):
      "slack_dm: " + (exchange.slackText.split(separator: "\n").first.map(String.init) ?? "")
    case .mail(let mail):
      "email: " + (String(decoding: mail.message, as: UTF8.self).unfoldedHeader("Subject") ?? "")
    }
  }
}

extension HTTPExchange {
  /// The `text` of a `chat.postMessage` call.
  var slackText: String {
    JSONTree.parse(SourceText(name: "body", bytes: body)).node?["text"]?.string ?? ""
  }
}

extension String {
  /// A header of a mail, unfolded.
  fileprivate func unfoldedHeader(_ name: String) -> String? {
    let header = components(separatedBy: "\r\n\r\n")[0].replacing("\r\n ", with: " ")
    return header.components(separatedBy: "\r\n").first { $0.hasPrefix("\(name): ") }
      .map { String($0.dropFirst(name.count + 2)) }
  }
}

/// A source that reports what a test sets.
private final class KoraSource: AlertSource {
  struct Settings: SourceSettings { static let fields: [Field<Self>] = [] }

  static let kind: SourceKind = "kora"
  static let name: SourceName = "kora"
  private let next = Mutex<Observation>(.unchanged)

  init() {}
  convenience init(name: SourceName, settings: Settings) { self.init() }

  func say(_ alerts: [Alert]) { next.withLock { $0 = .active(alerts) } }
  func fail(_ reason: String) { next.withLock { $0 = .failed(reason) } }
  func poll(_ context: PollContext) async -> Observation { next.withLock { $0 } }
}

/// Gives deliveries the same IDs in every run.
private struct FixedGenerator: RandomNumberGenerator {
  private var last: UInt64 = 0
  mutating func next() -> UInt64 {
    last += 0x0101_0101
    return last
  }
}

extension Alert {
  /// A typical alert of Kora; first seen three minutes before the clock starts.
  static func kora(_ id: String, _ severity: Severity = .warning, _ category: String = "cost_ladder") -> Alert {
    Alert(
      source: "kora",
      id: id,
      severity: severity,
      category: category,
      title: "Title of \(id)",
      detail: "Detail of \(id).\nIn two lines.",
      panel: "Costs",
      link: "/costs",
      firstSeen: "2027-01-15T07:57:00Z"
    )
  }
}
