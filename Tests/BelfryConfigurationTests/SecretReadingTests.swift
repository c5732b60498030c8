// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("A secret is read")
struct SecretReadingTests {
  private func read<Value: FieldValue>(_ type: Value.Type, _ text: String) -> (value: Value?, messages: [String]) {
    var report = Report(source: SourceText(name: "f", bytes: []), folder: "/")
    let node = Substitution(environment: ["T": text]).expand(JSONNode(.string("${T}"), offset: 0), report: &report)
    let value = Value.read(node, &report)
    return (value, report.findings.map(\.text))
  }

  @Test(
    "without its final line breaks",
    arguments: ["xoxb-1", "xoxb-1\n", "xoxb-1\r\n", "xoxb-1\n\n", "xoxb-1\r"]
  )
  func finalLineBreak(_ text: String) {
    #expect(read(Secret.self, text).value?.reveal() == "xoxb-1")
    #expect(read(Secret.self, text).messages.isEmpty)
    #expect(read(MultilineSecret.self, text).value?.secret.reveal() == "xoxb-1")
  }

  @Test(
    "with no other control character, and the finding does not show it",
    arguments: [
      "xoxb\n1", "xoxb\t1", "xoxb\u{0}1", "xoxb\u{1B}1", "xoxb\u{7F}1", "xoxb\u{85}1", "\nxoxb1", "xoxb\r\n1",
    ]
  )
  func controlCharacter(_ text: String) {
    let (value, messages) = read(Secret.self, text)
    #expect(value == nil)
    #expect(messages.count == 1)
    #expect(messages.allSatisfy { !$0.contains("xoxb") })
  }

  @Test("with line breaks inside if its kind has several lines, and with no other control character")
  func severalLines() {
    let key = "-----BEGIN PRIVATE KEY-----\r\nMII=\n-----END PRIVATE KEY-----"
    #expect(read(MultilineSecret.self, key + "\n").value?.secret.reveal() == key)
    #expect(read(MultilineSecret.self, "a\u{1B}b").value == nil)
  }

  @Test("by the same rule if it is written in the file")
  func literal() {
    var report = Report(source: SourceText(name: "f", bytes: []), folder: "/")
    #expect(Secret.read(JSONNode(.string("xoxb-1\n"), offset: 0), &report)?.reveal() == "xoxb-1")
    #expect(Secret.read(JSONNode(.string("xoxb\n1"), offset: 0), &report) == nil)
  }

  @Test("as empty if only line breaks are set, so that a default applies")
  func onlyLineBreaks() {
    #expect(read(Secret.self, "\n").value?.isEmpty == true)
    var report = Report(source: SourceText(name: "f", bytes: []), folder: "/")
    let node = JSONNode(.string("${T:-rest}"), offset: 0)
    #expect(Substitution(environment: ["T": "\n"]).expand(node, report: &report).string == "rest")
  }
}
