// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfrySources
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
import Testing

/// Kora's shipped configuration, run on a virtual clock and an in-memory ledger, with services played by a test.
final class Kora {
  private let site: TestEnvironment
  let findings: [Finding]
  private let source = ScriptedSource("kora")
  private var watches: [SourceWatch]
  private var isRead = 0

  var time: VirtualTime { site.time }
  var configuration: Configuration { site.configuration }
  var ledger: any Ledger { site.ledger }
  var transport: ScriptedTransport { site.transport }

  /// A complete environment of Kora.
  static let environment = [
    "KORA_SLACK_BOT_TOKEN": "xoxb-kora", "KORA_SLACK_JOSHUA_USER_ID": "U0JOSHUA",
    "KORA_EMAIL_JOSHUA_ADDRESS": "joshua@example.com", "KORA_EMAIL_KORA_ADDRESS": "kora@example.com",
    "KORA_COCKPIT_URL": "https://cockpit.example.com",
  ]

  static func read(_ environment: [String: String]) throws -> (configuration: Configuration?, findings: [Finding]) {
    let file = URL(filePath: #filePath).appending(path: "../../../docs/examples/kora/channels.json").standardizedFileURL
    let reader = ConfigurationReader(registry: .linked, sources: .builtIn, environment: environment)
    return reader.read(SourceText(name: "channels.json", bytes: try [UInt8](Data(contentsOf: file))), folder: "/kora")
  }

  /// Starts Kora's notifier in an environment that differs from `Kora.environment` by `changes`: an empty value unsets
  /// a variable.
  ///
  /// With the ledger of an earlier one, it is the same notifier after a restart.
  init(
    _ changes: [String: String] = [:],
    time: VirtualTime = VirtualTime(startingAt: TestEnvironment.start),
    ledger: (any Ledger)? = nil,
    script: @escaping @Sendable (Outgoing) -> Reply = { ScriptedTransport.accept($0) }
  ) async throws {
    let environment = Kora.environment.merging(changes) { $1 }.filter { !$0.value.isEmpty }
    let (configuration, findings) = try Kora.read(environment)
    var unpaced = try #require(configuration, "\(findings.map(\.text))")
    // Nobody moves the clock while this delivers; the dispatcher's own tests cover Slack's rate limit.
    for name in unpaced.channels.keys { unpaced.channels[name]?.rate = nil }
    site = TestEnvironment(
      unpaced,
      time: time,
      ledger: ledger
        ?? MemoryLedger(now: { time.now() }, ids: DeliveryIDSource(generator: CountingGenerator(step: 0x0101_0101))),
      linkKey: nil
    ) { outgoing in
      if case .append = outgoing { .appended } else { script(outgoing) }
    }
    self.findings = findings
    let start = Start(
      configuration: unpaced,
      ledger: site.ledger,
      policy: site.policy,
      console: site.console
    )
    watches = try await start.watches([source].configured(in: unpaced), at: time.now())
  }

  /// Runs one cycle with these active alerts, including delivery; an interval passes after it.
  @discardableResult
  func cycle(_ alerts: Alert...) async throws -> CycleReport { try await cycle(alerts) }

  @discardableResult
  func cycle(_ alerts: [Alert]) async throws -> CycleReport {
    source.say(alerts)
    return try await runCycle()
  }

  @discardableResult
  func cycle(failing reason: String) async throws -> CycleReport {
    source.fail(reason)
    return try await runCycle()
  }

  private func runCycle() async throws -> CycleReport {
    let report = try await site.notifier.cycle(&watches)
    try await site.dispatcher.drain()
    time.advance(by: configuration.interval)
    return try #require(report)
  }

  /// Advances the time without a change at the source; timers fire and deliveries are retried when they are due.
  func pass(_ duration: Duration) async throws {
    let end = time.now() + duration
    while true {
      try await site.notifier.fireTimers()
      try await site.dispatcher.drain()
      let moments = [try await ledger.nextTimer(), try await site.dispatcher.nextAttempt()].compactMap(\.self)
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
    _ = await site.audit.flush()
    return site.rows.all
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
