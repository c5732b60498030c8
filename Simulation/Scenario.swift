// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryFile
import BelfrySources

/// A `channels.json` to simulate.
struct Scenario: Sendable {
  let name: String
  let configuration: Configuration

  static func named(_ name: String) throws -> Scenario {
    let rules = texts.first { $0.name == name }?.rules ?? ""
    return Scenario(name: name, configuration: try read(rules))
  }

  static var names: [String] { texts.map(\.name) }

  private static func read(_ rules: String) throws -> Configuration {
    let channels = ["pager", "mail", "chat", "phone"].map { name in
      let quiet = rules.contains("quiet") && name == "mail" ? #", "quiet": {"from": "20:00", "to": "06:30"}"# : ""
      let fallback = name == "pager" ? #", "fallback": "phone""# : ""
      return "\"\(name)\": {\"kind\": \"simulated\"\(quiet)\(fallback)}"
    }
    let text = """
      {"channels": {\(channels.joined(separator: ",\n")), "journal": {"kind": "file", "path": "journal.jsonl"}},
      "sources": {"app": {"kind": "file", "path": "app.json"}, "net": {"kind": "file", "path": "net.json"}},
      "interval": "60s", "state": "memory",
      \(rules)}
      """
    let registry = ChannelRegistry([SimulatedChannel.self, FileChannel.self])
    let reader = ConfigurationReader(registry: registry, sources: .builtIn, environment: [:])
    let read = reader.read(SourceText(name: "channels.json", bytes: Array(text.utf8)), folder: "/etc/belfry")
    guard let configuration = read.configuration else { throw Unreadable(findings: read.findings.map(\.text)) }
    return configuration
  }

  struct Unreadable: Error { let findings: [String] }
}
