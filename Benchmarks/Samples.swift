// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryFile
internal import BelfrySMTP
internal import BelfrySources
internal import BelfryWebhook

/// The data for measurements: alerts, and configurations read as users write them.
enum Samples {
  struct Unreadable: Error { let findings: [String] }

  static let source: SourceName = "bench"

  static func alerts(_ count: Int) -> [Alert] { alerts(0..<count) }

  static func alerts(_ range: Range<Int>) -> [Alert] {
    range.map { index in
      Alert(
        source: source,
        id: "alert-\(index)",
        severity: .warning,
        category: "category-\(index % 1_000)",
        title: "Disk \(index) is almost full",
        detail: "Less than 5 % is free.",
        labels: Labels([Labels.Label(name: "host", value: "host-\(index)")])
      )
    }
  }

  /// The alerts as the text of a source's file.
  static func file(_ alerts: [Alert]) -> SourceText {
    var writer = JSONWriter()
    writer.beginArray()
    for alert in alerts { alert.encode(into: &writer) }
    writer.endArray()
    return SourceText(name: "alerts.json", bytes: writer.bytes)
  }

  /// A configuration with one channel, as JSON, and the rest of the file.
  ///
  /// By default the channel is a file, and the route leads to `journal`.
  static func configuration(
    named name: String = "journal",
    channel: String = #"{ "kind": "file", "path": "journal.jsonl" }"#,
    routes: [String],
    rest: String = #""cooldown": 0"#,
    folder: String
  ) throws -> Configuration {
    let json = """
      {
        "version": 1,
        "channels": { "\(name)": \(channel) },
        "routes": [\(routes.joined(separator: ",\n"))],
        \(rest),
        "unrouted": "drop",
        "sources": { "bench": { "kind": "file", "path": "alerts.json" } },
        "state": "belfry.db",
        "audit": "audit.jsonl"
      }
      """
    let registry = ChannelRegistry([FileChannel.self, SMTPChannel.self, WebhookChannel.self])
    let reader = ConfigurationReader(registry: registry, sources: .builtIn, environment: [:])
    let read = reader.read(SourceText(name: "channels.json", bytes: Array(json.utf8)), folder: folder)
    guard let configuration = read.configuration else { throw Unreadable(findings: read.findings.map(\.text)) }
    return configuration
  }
}
