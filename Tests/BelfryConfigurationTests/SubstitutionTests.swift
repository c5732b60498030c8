// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("References in strings")
struct SubstitutionTests {
  private let environment = [
    "A": "alpha", "EMPTY": "", "_x1": "low", "DOLLAR": "${A}",
    "CREDENTIALS_DIRECTORY": "/run/credentials",
  ]

  @Test(
    "are replaced by their values, or their defaults",
    arguments: [
      ("plain", "plain"), ("${A}", "alpha"), ("<${A}|${_x1}>", "<alpha|low>"), ("${A:-b}", "alpha"),
      ("${B:-b}", "b"), ("${EMPTY:-b}", "b"), ("${B:-}", ""), ("${EMPTY}", ""), ("${B:-x:-y}", "x:-y"),
      ("${B:-a b/c}", "a b/c"), ("$A", "$A"), ("$", "$"), ("100$", "100$"), ("{A}", "{A}"), ("$${A}", "${A}"),
      ("$${A:-b} ${A}", "${A:-b} alpha"), ("${A}$${A}", "alpha${A}"), ("${DOLLAR}", "${A}"), ("${A}}", "alpha}"),
    ]
  )
  func expanded(text: String, expected: String) {
    #expect(expand(text) == (expected, 0))
  }

  @Test(
    "that are malformed are findings, and the text stays unchanged",
    arguments: [
      "${", "${A", "${}", "${:-b}", "${1A}", "${A B}", "${A-b}", "${Ä}", "${A:-${A}}", "${A} ${",
      "${file:}", "${file::-a}", "${credential:}", "${credential:../a}", "${credential:..}",
      "${credential:a/b}", "${secret:a}", "${FILE:/a}",
    ]
  )
  func malformed(text: String) {
    #expect(expand(text) == (text, 1))
  }

  @Test(
    "to files and credentials are replaced by their content without final line breaks, or by their defaults",
    arguments: [
      ("${file:/run/a}", "secret"), ("<${file:in/b}>", "<of the folder>"), ("${credential:slack}", "xoxb"),
      ("${file:/run/c:-d}", "d"), ("${file:/run/empty:-d}", "d"), ("${file:/run/empty:-}", ""),
      ("${credential:none:-d}", "d"), ("${file:/run/a:-d}", "secret"), ("$${file:/run/a}", "${file:/run/a}"),
      ("${file:/run/a}|${A}|${file:/run/a}", "secret|alpha|secret"), ("${file:/run/lines}", "a\nb"),
      ("${file:/run/with space:-d}", "spaced"), ("${file:/run/reference}", "${A}"),
    ]
  )
  func files(text: String, expected: String) {
    #expect(expand(text) == (expected, 0))
  }

  @Test(
    "to what cannot be read are findings that say why",
    arguments: [
      ("${file:/run/none}", "/run/none does not exist. Write the value to it, or write ${file:/run/none:-default}."),
      ("${file:/run/empty}", "/run/empty is empty. Write the value to it, or write ${file:/run/empty:-default}."),
      ("${file:/run/secret:-d}", "/run/secret is not for you. Let Belfry read it."),
      ("${file:/run/large:-d}", "/run/large is larger than the 65536 bytes allowed here."),
      ("${file:/run/bytes:-d}", "/run/bytes is not UTF-8 text. Name a file that contains only the value."),
      (
        "${credential:none}",
        "/run/credentials/none does not exist. Pass it to the service with systemd's LoadCredential="
      ),
    ]
  )
  func unreadable(text: String, message: String) {
    let (_, findings, _) = read(text)
    #expect(findings.count == 1)
    #expect(findings.first?.text.contains(message) == true, "\(findings)")
  }

  @Test("to a credential say that there are none, if the environment does not name their folder")
  func noCredentials() {
    let (_, findings, _) = read("${credential:slack} ${credential:slack:-d}", [:])
    #expect(
      findings.map(\.text) == [
        "f:1:1: error: the credential slack is not set: $CREDENTIALS_DIRECTORY names no folder. Pass it to the service with "
          + "systemd's LoadCredential=slack:PATH, or write ${credential:slack:-default}."
      ]
    )
  }

  @Test("to files are noted, whether they can be read or not")
  func noted() {
    #expect(read("${file:/run/a} ${file:in/b} ${file:/run/none:-} ${A}").files == ["/run/a", "/in/b", "/run/none"])
    #expect(read("${credential:slack}").files == ["/run/credentials/slack"])
    #expect(read("${A} ${B:-} plain").files == [])
  }

  @Test("that are not set are one finding each")
  func unset() {
    #expect(expand("${B} ${C} ${D:-d}") == ("  d", 2))
  }

  @Test(
    "with unfit values are replaced by their defaults in the file",
    arguments: [
      (#""cooldown": {"window": "${X:-1800}"}"#, "abc", 1800), (#""cooldown": "${X:-30m}""#, "-1", 1800),
      (#""cooldown": "${X:-30m}""#, "", 1800), (#""cooldown": "${X:-30m}""#, "0", 0),
      (#""cooldown": "${X:-30m}""#, "90s", 90),
    ]
  )
  func unfit(member: String, value: String, seconds: Int) throws {
    let configuration = try Configuration.reading(
      #"{"routes": [{"to": ["pager", "mail", "journal"]}], \#(member)}"#,
      environment: ["X": value]
    )
    #expect(configuration.rules.cooldown?.window == .seconds(seconds))
  }

  /// The expanded text, and the number of errors.
  private func expand(_ text: String) -> (String, Int) {
    var report = Report(source: SourceText(name: "f", bytes: []), folder: "/")
    let node = substitution(environment).expand(JSONNode(.string(text), offset: 0), report: &report)
    return (node.string ?? "", report.errorCount)
  }

  /// The expanded text, the findings, and the files that were read.
  private func read(
    _ text: String,
    _ environment: [String: String]? = nil
  ) -> (text: String, findings: [Finding], files: Set<String>) {
    var report = Report(source: SourceText(name: "f", bytes: []), folder: "")
    let substitution = substitution(environment ?? self.environment)
    let node = substitution.expand(JSONNode(.string(text), offset: 0), report: &report)
    return (node.string ?? "", report.findings, report.readFiles)
  }

  private func substitution(_ environment: [String: String]) -> Substitution {
    let texts = [
      "/run/a": "secret\n", "/in/b": "of the folder", "//in/b": "of the folder", "/run/credentials/slack": "xoxb\r\n",
      "/run/empty": "\n", "/run/lines": "a\nb\n", "/run/with space": "spaced", "/run/reference": "${A}",
      "/run/large": String(repeating: "a", count: 65_537),
    ]
    return Substitution(
      environment: environment,
      files: ReferencedFiles(read: { path in
        switch path {
        case "/run/secret": .failure(FileReadingProblem("/run/secret is not for you"))
        case "/run/bytes": .success([0x61, 0xFF])
        default: WrittenFiles(texts).referenced.read(path)
        }
      })
    )
  }
}
