// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfrySources
import BelfryTestKit
import Testing

@Suite("Wake events in channels.json")
struct WakeSettingsTests {
  private func read(_ wake: String) -> (configuration: Configuration?, findings: [String]) {
    let text = """
      {"channels": {"a": {"kind": "test", "token": "${T}", "to": "x"}, "dm": {"kind": "test", "token": "${T}", "to": "x"}},
       "routes": [{"to": "a"}], "wake": \(wake)}
      """
    let reader = ConfigurationReader(
      registry: TestChannel.registry,
      sources: .builtIn,
      environment: ["T": "0123456789abcdef"]
    )
    let (configuration, findings) = reader.read(SourceText(name: "c.json", bytes: Array(text.utf8)), folder: "/nowhere")
    return (configuration, findings.map(\.text))
  }

  @Test("have the defaults of the earlier system, and use its channel")
  func defaults() throws {
    let (configuration, findings) = read(#"{"to": "dm"}"#)
    #expect(findings == [])
    let wake = try #require(configuration?.wake)
    #expect(wake.every.duration == .seconds(30))
    #expect(wake.rules == InvestigationRules(debounce: .seconds(600), letsCriticalThrough: false, required: 2))
    #expect(wake.alerts)
    #expect(wake.investigator == nil)
  }

  @Test(
    "report their mistakes",
    arguments: [
      (#"{"to": "mad"}"#, "there is no channel \"mad\""),
      (#"{}"#, "`to` is missing"),
      (#"{"to": "dm", "investigator": {"kind": "exec"}}"#, "`command` is missing"),
      (#"{"to": "dm", "investigator": {"kind": "chat", "url": "https://m.example.com/"}}"#, "`model` is missing"),
      (
        #"{"to": "dm", "investigator": {"kind": "exec", "command": "/opt/investigate", "model": "m"}}"#,
        "an investigator of kind \"exec\" does not support this key"
      ),
      (
        #"{"to": "dm", "investigator": {"kind": "http", "url": "http://investigate.example.com/", "token": "${T}"}}"#,
        "the token would be sent unencrypted"
      ),
      (
        #"{"to": "dm", "investigator": {"kind": "exec", "command": "/opt/investigate", "timeout": "16m"}}"#,
        "too long to wait for an answer"
      ),
    ]
  )
  func wrong(_ wake: String, _ finding: String) {
    let findings = read(wake).findings
    #expect(findings.contains { $0.contains(finding) }, "\(findings)")
  }
}
