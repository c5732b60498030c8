// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfrySources
import BelfryTestKit
import Testing

@Suite("Tracing in channels.json")
struct TracingSettingsTests {
  private func read(_ tracing: String) -> (configuration: Configuration?, findings: [String]) {
    let text = """
      {"channels": {"a": {"kind": "test", "token": "${KEY}", "to": "x"}}, "routes": [{"to": "a"}],
      "tracing": \(tracing)}
      """
    let reader = ConfigurationReader(
      registry: TestChannel.registry,
      sources: .builtIn,
      environment: ["KEY": "s3cr3t", "BAD": "a\nb"]
    )
    let (configuration, findings) = reader.read(SourceText(name: "c.json", bytes: Array(text.utf8)), folder: "/nowhere")
    return (configuration, findings.map(\.text))
  }

  @Test("is off by default, and records everything if only a collector is named")
  func usual() throws {
    #expect(try Configuration.reading(#"{"routes": [{"to": ["pager", "mail", "journal"]}]}"#).tracing == nil)
    let tracing = try #require(read(#"{"endpoint": "http://127.0.0.1:4318/"}"#).configuration?.tracing)
    #expect(tracing.endpoint.text == "http://127.0.0.1:4318")
    #expect(tracing.sample.value == 1)
  }

  @Test("has headers with secrets, which are not shown")
  func headers() throws {
    let (configuration, findings) = read(
      #"{"endpoint": "https://c.example.com", "headers": {"x-key": "${KEY}"}, "sample": 0.25, "note": "n"}"#
    )
    #expect(findings == [])
    let tracing = try #require(configuration?.tracing)
    #expect(tracing.headers.fields == [HTTPField("x-key", secret: Secret("s3cr3t"))])
    #expect(tracing.sample.value == 0.25)
    #expect(!"\(tracing)".contains("s3cr3t") && tracing.headers.shown == "x-key: ‹secret›")
  }

  @Test(
    "is rejected if it is invalid",
    arguments: [
      ("{}", "`endpoint` is missing"), (#"{"endpoint": "localhost:4318"}"#, "not an absolute http or https URL"),
      (#"{"endpoint": "http://127.0.0.1:1", "sample": 1.5}"#, "a number from 0 to 1"),
      (#"{"endpoint": "http://127.0.0.1:1", "sample": "all"}"#, "a number from 0 to 1"),
      (
        #"{"endpoint": "http://c.example.com", "headers": {"x": "${KEY}"}}"#,
        "a secret would be sent unencrypted"
      ),
      (#"{"endpoint": "http://127.0.0.1:1", "headers": {"a b": "${KEY}"}}"#, "header field name is invalid"),
      (#"{"endpoint": "http://127.0.0.1:1", "headers": {"Host": "${KEY}"}}"#, "header field name is invalid"),
      (#"{"endpoint": "http://127.0.0.1:1", "headers": {"x": "${BAD}"}}"#, "this secret contains a line break"),
      (#"{"endpoint": "http://127.0.0.1:1", "headers": {"x": "literal"}}"#, "the file contains a secret"),
    ]
  )
  func refused(tracing: String, words: String) {
    let findings = read(tracing).findings
    #expect(findings.contains { $0.contains(words) }, "\(findings)")
  }
}
