// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// A rule that counts rows of an audit log: too many within a period raise an alert.
package struct AuditRuleSourceSettings: SourceKindSettings {
  package var seam = ""
  package var match = DetailPatterns()
  package var over = RowLimit(0)
  package var within = Period(.seconds(86_400))
  package var path: SourcePath?
  package var severity = SeverityWord(.warning)
  package var category = "audit_rule"
  package var title = ""
  package var every: Period?
  package var stale: Period?
  package var note = ""

  package init() {}

  package static let kind = "audit-rule"
  package static let fields: [Field<AuditRuleSourceSettings>] = [
    .required("seam", \.seam, "The seam of the rows to count.", example: "notification.dispatched"),
    .required("over", \.over, "The alert fires if there are more rows than this.", example: "3"),
    .optional(
      "match",
      \.match,
      "Members of a row's `details`, each with a value, a glob with `*`, `/a regex/`, `{\"not\": …}`, or a list of these.",
      otherwise: "every row of the seam counts"
    ),
    .optional("within", \.within, "The period, up to now, in which rows count.", otherwise: "24h"),
    .optional("path", \.path, "The audit log.", otherwise: "Belfry's own"),
    .optional("severity", \.severity, "The alert's severity.", otherwise: "warning"),
    .optional("category", \.category, "The alert's category.", otherwise: "audit_rule"),
    .optional("title", \.title, "The alert's title.", otherwise: "a description of the rule"),
    .optional("every", \.every, "How often the log is read.", otherwise: SourceSettings.everyOtherwise),
    .optional("stale", \.stale, SourceSettings.staleNote, otherwise: SourceSettings.staleOtherwise),
    .optional("note", \.note, SourceSettings.yourNote, otherwise: "none"),
  ]

  package var subject: String { "\(seam) in \(path?.shownPath ?? "the audit log")" }
}

/// Patterns for members of a row's `details`, by name.
package struct DetailPatterns: FieldValue, Sendable {
  package private(set) var members: [(name: String, patterns: Patterns)] = []

  package init() {}

  package static var shape: FieldShape {
    .said("an object of names, each with a pattern or a list of them", .named(Patterns.shape))
  }

  package static func read(_ node: JSONNode, _ report: inout Report) -> DetailPatterns? {
    guard let members = node.members else {
      report.error("expected \(shape.text), found \(node.kindName).", at: node.offset)
      return nil
    }
    let errors = report.errorCount
    var patterns = DetailPatterns()
    for member in members {
      if let read = report.within(member.name, { Patterns.read(member.node, &$0) }) {
        patterns.members.append((member.name, read))
      }
    }
    return report.errorCount == errors ? patterns : nil
  }

  package var shown: String { text }
  package var isEmpty: Bool { members.isEmpty }

  /// The patterns in words, such as `status failed, channel pager*`.
  package var text: String { members.map { "\($0.name) \($0.patterns.text)" }.joined(separator: ", ") }
}

/// A whole number, which may be 0.
package struct RowLimit: FieldValue, Hashable {
  package var value: Int
  package init(_ value: Int) { self.value = value }

  private static let range = 0...100_000

  package static var shape: FieldShape { .integer(range) }
  package static func read(_ node: JSONNode, _ report: inout Report) -> RowLimit? {
    let written: String? =
      switch node.value {
      case .number(let text): text
      case .string(let text) where node.substitution != nil: text
      default: nil
      }
    if let number = written.flatMap({ Int($0) }), range.contains(number) { return RowLimit(number) }
    report.error("expected \(shape.text), found \(written ?? node.kindName).", at: node.offset)
    return nil
  }
  package var shown: String { String(value) }
}
