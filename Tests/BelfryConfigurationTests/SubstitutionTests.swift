// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Variables in strings")
struct SubstitutionTests {
  private let environment = ["A": "alpha", "EMPTY": "", "_x1": "low", "DOLLAR": "${A}"]

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
    arguments: ["${", "${A", "${}", "${:-b}", "${1A}", "${A B}", "${A-b}", "${Ä}", "${A:-${A}}", "${A} ${"]
  )
  func malformed(text: String) {
    #expect(expand(text) == (text, 1))
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
    let node = Substitution(environment: environment).expand(JSONNode(.string(text), offset: 0), report: &report)
    return (node.string ?? "", report.errorCount)
  }
}
