// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryFile
import BelfryTestKit

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
      let cap = rules.contains("\"cap\"") && name == "mail" ? #", "cap": {"over": 5, "per": "1h"}"# : ""
      let fallback = name == "pager" ? #", "fallback": "phone""# : ""
      return "\"\(name)\": {\"kind\": \"simulated\"\(quiet)\(cap)\(fallback)}"
    }
    let text = """
      {"channels": {\(channels.joined(separator: ",\n")), "journal": {"kind": "file", "path": "journal.jsonl"}},
      "sources": {"app": {"kind": "file", "path": "app.json"}, "net": {"kind": "file", "path": "net.json"}},
      "interval": "60s", "state": "memory",
      \(rules)}
      """
    let kinds = ChannelRegistry([SimulatedChannel.self, FileChannel.self])
    return try Configuration.parse(text, kinds: kinds, environment: [:], folder: "/etc/belfry")
  }
}
