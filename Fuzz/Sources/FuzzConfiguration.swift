// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryExec
internal import BelfryFile
internal import BelfryPolicy
internal import BelfrySMTP
internal import BelfrySlackDM
internal import BelfrySources
internal import BelfryWebhook

extension ChannelRegistry {
  /// The channel kinds that the targets know.
  static let fuzzed: ChannelRegistry = {
    let registry = ChannelRegistry([
      ExecChannel.self, FileChannel.self, SlackDMChannel.self, SMTPChannel.self, WebhookChannel.self,
    ])
    return registry
  }()
}

/// The channels of a valid file.
func fuzzed(_ text: String, environment: [String: String]) -> [ChannelName: ConfiguredChannel] {
  let reader = ConfigurationReader(registry: .fuzzed, sources: .builtIn, environment: environment)
  let (configuration, findings) = reader.read(SourceText(name: "fuzz", bytes: Array(text.utf8)), folder: "/nowhere")
  guard let configuration else { fatalError("\(findings.map(\.text))") }
  return configuration.channels
}

/// Fuzzes `channels.json`: a file read without errors can be used, and every error has a place in the file.
@Sendable func fuzzConfiguration(_ bytes: [UInt8]) {
  let secret = "xoxb-s3cret-token"
  let reader = ConfigurationReader(
    registry: .fuzzed,
    sources: .builtIn,
    environment: ["TOKEN": secret, "NUMBER": "7", "EMPTY": ""]
  )
  let (configuration, findings) = reader.read(SourceText(name: "channels.json", bytes: bytes), folder: "/etc/belfry")
  let lines = bytes.count { $0 == UInt8(ascii: "\n") } + 1
  for finding in findings {
    expect((1...lines).contains(finding.line), "finding in line \(finding.line) of \(lines)")
    expect(!finding.text.contains("\n"), "a finding is one line: \(finding.text)")
    expect(!finding.text.contains(secret), "a finding shows no secret: \(finding.text)")
  }
  guard let configuration else { return expect(!findings.isEmpty, "what cannot be read has a finding") }
  let policy = Policy(rules: configuration.rules)
  for severity in [Severity.critical, .info, Severity("odd")] {
    let alert = Alert(source: "a", id: "1", severity: severity, category: "disk", title: "T", labels: ["team": "web"])
    _ = policy.explain(alert, at: Instant(seconds: 1_800_000_000))
  }
}
