// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What an import did not carry over, or changed, with the line of the imported file.
package struct ImportReport: Sendable, Hashable {
  package struct Finding: Sendable, Hashable {
    package enum Level: String, Sendable, Hashable {
      /// Nothing in the result stands for this part of the file.
      case lost
      /// It is carried over, and behaves differently.
      case changed
    }

    package var level: Level
    /// The key's path in the imported file, such as `receivers[0].email_configs[0].html`.
    package var path: String
    package var line: Int
    package var text: String
    package var remedy: String
  }

  package private(set) var findings: [Finding] = []
  /// What receivers share is read for each of them, and reported once.
  private var known: Set<Finding> = []

  package init() {}

  /// Records a part of the file that is not carried over.
  mutating func lose(_ path: String, line: Int, _ text: String, remedy: String) {
    add(Finding(level: .lost, path: path, line: line, text: text, remedy: remedy))
  }

  /// Records a part of the file that behaves differently.
  mutating func change(_ path: String, line: Int, _ text: String, remedy: String = "") {
    add(Finding(level: .changed, path: path, line: line, text: text, remedy: remedy))
  }

  private mutating func add(_ finding: Finding) {
    if known.insert(finding).inserted { findings.append(finding) }
  }

  package var lost: [Finding] { findings(.lost) }
  package var changed: [Finding] { findings(.changed) }

  /// Whether all of the file is carried over, even if parts of it behave differently.
  package var isComplete: Bool { !findings.contains { $0.level == .lost } }

  /// The findings of a level in the order of the file.
  private func findings(_ level: Finding.Level) -> [Finding] {
    findings.enumerated().filter { $0.element.level == level }
      .sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }.map(\.element)
  }
}

extension ImportReport {
  /// The findings in two sections, each with its line and what to do.
  package var lines: [String] {
    let parts = [("Not carried over:", lost), ("Carried over, but different:", changed)].filter { !$0.1.isEmpty }
    return parts.flatMap { [$0] + $1.flatMap(ImportReport.lines) + [""] }
  }

  private static func lines(_ finding: Finding) -> [String] {
    let first = "  line \(finding.line): \(finding.path): \(finding.text)"
    return [first] + (finding.remedy.isEmpty ? [] : ["    \(finding.remedy)"])
  }

  package func encode(into writer: inout JSONWriter) {
    writer.array(lost + changed) { writer, finding in
      writer.object {
        $0.member("level", finding.level.rawValue)
        $0.member("line", finding.line)
        $0.member("path", finding.path)
        $0.member("message", finding.text)
        $0.member("remedy", finding.remedy)
      }
    }
  }
}
