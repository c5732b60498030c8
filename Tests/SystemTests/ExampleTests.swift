// SPDX-License-Identifier: Apache-2.0
import BelfryTesting
import Foundation
import Testing

/// The command-line examples of the documentation; `DocsTests` lists the forms of examples.
@Suite(
  "The documentation's commands",
  .enabled(if: ProcessInfo.processInfo.environment["BELFRY_SYSTEM_TESTS"] == "1")
)
struct ExampleTests {
  private static let shellPages = DocsPage.all.filter { $0.examples.contains { $0.form == "sh" } }

  @Test("run in a folder with the files of their page, and succeed", arguments: shellPages)
  func commands(page: DocsPage) async throws {
    let environment = try ExampleEnvironment()
    var answer = ""
    for example in page.examples {
      switch example.form {
      case "json" where example.text.hasPrefix("["): try environment.folder.write(example.text, to: "alerts.json")
      case "json input": try environment.folder.write(example.text, to: "body.json")
      case "json": try environment.configure(example.text)
      case "yaml": try environment.folder.write(example.text, to: "alertmanager.yml")
      case "sh":
        for command in DocsPage.commands(in: example.text) {
          let place = "\(page):\(example.line): \(command.joined(separator: " "))"
          try #require(command.first == "belfry", "\(place): only belfry can be run here")
          let result = try await environment.run(Array(command.dropFirst()))
          #expect(result.status == 0, "\(place): \(result)")
          answer = result.answer
        }
      case "text answer":
        #expect(Self.momentless(example.text) == Self.momentless(answer), "\(page):\(example.line)")
      default: break
      }
    }
  }

  @Test("print what is shown")
  func output() async throws {
    let environment = try ExampleEnvironment()
    let belfry = try await environment.run(["run"], until: "sent ", number: 3)
    let output = belfry.output.replacing(#/listening on [0-9.:]+/#, with: "listening on \(ExampleEnvironment.port)")
    for page in DocsPage.all {
      for example in page.examples where example.form == "text output" {
        let printed = output.split(separator: "\n").map(Self.timeless)
        for line in example.text.split(separator: "\n") {
          let parts = Self.timeless(line).components(separatedBy: "…").map(NSRegularExpression.escapedPattern)
          let pattern = "^" + parts.joined(separator: ".*") + "$"
          let isPrinted = printed.contains { $0.range(of: pattern, options: .regularExpression) != nil }
          #expect(isPrinted, "\(page):\(example.line): \(line) is not in:\n\(output)")
        }
      }
    }
  }

  /// An answer without the parts that differ in every run: times, ages, callers and IDs.
  private static func momentless(_ text: String) -> String {
    text.trimmingCharacters(in: .whitespacesAndNewlines)
      .replacing(#/\d{4}-\d\d-\d\dT[0-9:]+(Z|[+-]\d\d:\d\d)/#, with: "MOMENT")
      .replacing(#/\((now|in \w+|\w+ ago)\)/#, with: "(THEN)")
      .replacing(#/by \w+: /#, with: "by ann: ")
      .replacing(#/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/#, with: "DELIVERY")
      .replacing(#/^\w{4}: |silence end \w{4}\b/#, with: "SILENCE")
  }

  /// A line without the time at its start, and without the length of a hold.
  private static func timeless(_ line: Substring) -> String {
    String(line).replacing(#/^[0-9TZ:.-]+ /#, with: "").replacing(#/for [0-9dhms]+:/#, with: "for a time:")
  }
}
