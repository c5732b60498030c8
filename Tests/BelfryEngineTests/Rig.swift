// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryExec
import BelfryFile
import BelfryLedger
import BelfryPolicy
import BelfrySMTP
import BelfrySlackDM
import BelfrySources
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import BelfryWebhook
import Synchronization
import Tracing

/// A notifier with a virtual clock, an in-memory ledger and a scripted transport, with its output and requests.
struct Rig: Sendable {
  let time: VirtualTime
  let ledger: any Ledger
  let transport: ScriptedTransport
  let printed: Printed
  let configuration: Configuration
  let policy: Policy
  let dispatcher: Dispatcher
  let notifier: Notifier
  let audit: AuditLog
  /// The rows of the audit log.
  let rows = KeptRows()
  let tally = Tally()
  let registry = MetricsRegistry()

  /// Wires a notifier for a `channels.json` with channels of the kinds `file`, `slack-dm`, `smtp` and `webhook`.
  ///
  /// The transport answers according to `script`. Output also goes to `print`, in that format.
  init(
    _ json: String,
    time: VirtualTime = VirtualTime(),
    environment: [String: String] = ["TOKEN": "xoxb-test"],
    tracer: (any Tracer)? = nil,
    format: LogFormat = .text,
    print: @escaping @Sendable (String) -> Void = { _ in },
    script: @escaping @Sendable (Outgoing) async -> Reply
  ) throws {
    self.time = time
    printed = Printed()
    let (ledger, printed) = (MemoryLedger(now: { time.now() }), printed)
    self.ledger = ledger
    transport = ScriptedTransport(script)
    configuration = try Rig.read(json, environment: environment)
    policy = Policy(rules: configuration.rules)
    let console = Console(time: time, format: format) { line in
      printed.add(line)
      print(line)
    }
    audit = AuditLog(rows: rows, time: time, console: console)
    let instruments = Instruments(registry, tracer: tracer)
    dispatcher = Dispatcher(
      ledger: ledger,
      carrier: transport,
      configuration: configuration,
      time: time,
      reporter: DeliveryReporter(
        console: console,
        audit: audit,
        time: time,
        tally: tally,
        instruments: instruments
      ),
      linkKey: Rig.linkKey,
      random: { 0.5 }
    )
    notifier = Notifier(
      ledger: ledger,
      policy: policy,
      dispatcher: dispatcher,
      time: time,
      console: console,
      instruments: instruments
    )
  }

  static let linkKey = LinkKey(stored: String(repeating: "5a", count: 32))

  static func read(_ json: String, environment: [String: String] = ["TOKEN": "xoxb-test"]) throws -> Configuration {
    let registry = ChannelRegistry([
      FileChannel.self, SlackDMChannel.self, SMTPChannel.self, WebhookChannel.self, ExecChannel.self,
    ])
    let reader = ConfigurationReader(registry: registry, sources: .builtIn, environment: environment)
    let source = SourceText(name: "channels.json", bytes: Array(json.utf8))
    let (configuration, findings) = reader.read(source, folder: "/nowhere")
    guard let configuration else { throw Unreadable(findings: findings.map(\.text)) }
    return configuration
  }

  struct Unreadable: Error { let findings: [String] }

  /// The requests sent for channels.
  var sent: [Outgoing] { transport.carried }
}

/// The printed lines.
final class Printed: Sendable {
  private let lines = Mutex<[String]>([])
  func add(_ line: String) { lines.withLock { $0.append(line) } }
  var all: [String] { lines.withLock { $0 } }
  func contains(_ text: String) -> Bool { all.contains { $0.contains(text) } }
}

/// A source that reports what a test sets.
final class ScriptedSource: AlertSource {
  struct Settings: SourceSettings { static let fields: [Field<Self>] = [] }

  static let kind: SourceKind = "scripted"
  let name: SourceName
  private let next = Mutex<Observation>(.unchanged)

  init(_ name: SourceName) { self.name = name }
  convenience init(name: SourceName, settings: Settings) { self.init(name) }

  /// The source as if it were in a `channels.json`.
  var configured: ConfiguredSource { ConfiguredSource(name: name, source: self) }

  func say(_ alerts: [Alert], isComplete: Bool = true) {
    let alerts = alerts.map { alert in
      var alert = alert
      alert.source = name
      return alert
    }
    say(Observation(.alerts(AlertSnapshot(alerts: alerts, isComplete: isComplete))))
  }

  func say(_ observation: Observation) { next.withLock { $0 = observation } }
  func fail(_ reason: String) { say(.failed(reason)) }

  func poll(_ context: PollContext) async -> Observation { next.withLock { $0 } }
}

extension [ScriptedSource] {
  /// The sources with the keys that those of the same name have in the file.
  func configured(in configuration: Configuration) -> [ConfiguredSource] {
    map { source in
      let written = configuration.sources.first { $0.name == source.name }
      return ConfiguredSource(name: source.name, source: source, common: written?.common ?? CommonSourceSettings())
    }
  }
}

func alert(
  _ id: String,
  _ severity: Severity = .critical,
  category: String = "disk",
  title: String = "Trouble"
) -> Alert {
  Alert(source: "app", id: id, severity: severity, category: category, title: title)
}
