// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfrySources
import BelfryTestKit
import Testing

@Suite("\"keep\" in channels.json")
struct KeepTests {
  private func read(_ key: String) -> (configuration: Configuration?, findings: [String]) {
    let text = """
      {\(key) "channels": {"log": {"kind": "file", "path": "out.jsonl"}}, "routes": [{"to": "log"}]}
      """
    let reader = ConfigurationReader(registry: .linked, sources: .builtIn, environment: [:])
    let read = reader.read(SourceText(name: "channels.json", bytes: Array(text.utf8)), folder: "/nowhere")
    return (read.configuration, read.findings.map(\.text))
  }

  @Test(
    "is how long history is kept, 90 days by default",
    arguments: [("", 90 * 86_400), (#""keep": "30d","#, 30 * 86_400), (#""keep": "1d","#, 86_400)]
  )
  func kept(key: String, seconds: Int) {
    let (configuration, findings) = read(key)
    #expect(configuration?.keep == .seconds(seconds) && findings.isEmpty, "\(findings)")
  }

  @Test(
    "is doubted or refused where it is too short",
    arguments: [
      (#""keep": "1h","#, ":1:10: warning: keep: what happened is removed 1h after an alert ended"),
      (#""keep": "0s","#, "error: keep: it is shorter than one second."),
      (#""keep": "long","#, "error: keep:"),
    ]
  )
  func doubted(key: String, finding: String) {
    let findings = read(key).findings
    #expect(findings.count == 1 && findings.first?.contains(finding) == true, "\(findings)")
  }
}
