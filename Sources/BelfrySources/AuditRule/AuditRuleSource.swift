// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryAudit
package import BelfryPolicy
internal import BelfryTransport

/// A rule that counts rows of an audit log, read from where the last poll ended: too many within a period raise an alert.
package struct AuditRuleSource: AlertSource {
  package static let kind: SourceKind = "audit-rule"

  package struct Settings: SourceSettings {
    package var seam = ""
    package var match = DetailPatterns()
    package var over = 0
    package var within = Period(.seconds(86_400))
    package var path: AuditLogPath?
    package var severity = SeverityWord(.warning)
    package var category = "audit_rule"
    package var title = ""

    package init() {}

    package static let fields: [Field<Settings>] = [
      .required("seam", \.seam, "The seam of the rows to count.", example: "notification.dispatched"),
      .required("over", \.over, in: 0...100_000, "The alert fires if there are more rows than this.", example: "3"),
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
    ]
  }

  private let name: SourceName
  private let settings: Settings
  private var reader: AuditReader?
  private var tally: AuditTally

  /// The most pieces of the log, about a megabyte each, that one poll processes: a long log must not delay the other
  /// sources.
  private static let pieces = 32

  package init(name: SourceName, settings: Settings) {
    self.name = name
    self.settings = settings
    tally = AuditTally(over: settings.over)
  }

  package var subject: String { "\(settings.seam) in \(settings.path?.path.written ?? "the audit log")" }

  package mutating func poll(_ context: PollContext) async -> Observation {
    let log = settings.path?.path.absolute ?? context.auditLog
    switch await Disk.ofSources.presence(of: log) {
    case .failure(let failure): return .failed(failure.message)
    case .success(false) where settings.path != nil: return .failed("\(log) does not exist")
    // Belfry's own log is created with its first row.
    case .success: break
    }
    var reader = self.reader ?? AuditReader(path: log)
    defer { self.reader = reader }
    do throws(TransportFailure) {
      for _ in 0..<AuditRuleSource.pieces {
        guard let piece = try await reader.readPiece() else {
          return .active(tally.alert(of: name, settings, at: context.now).map { [$0] } ?? [])
        }
        tally.take(piece.lines, settings)
      }
    } catch {
      // Unreadable rows may include those that exceed the limit: nothing has ended.
      return .failed(error.message)
    }
    // There is more to read: until then, nothing is known to have ended.
    return .unchanged
  }
}

/// The path of an audit log, which may be Belfry's own.
package struct AuditLogPath: FieldValue, Hashable {
  package var path: SourcePath

  package static var shape: FieldShape { SourcePath.shape }
  package static func read(_ node: JSONNode, _ report: inout Report) -> AuditLogPath? {
    SourcePath.read(node, as: .auditLog, &report).map(AuditLogPath.init)
  }
  package var shown: String { path.shown }
}

/// Patterns for members of an object, by name, such as those of a row's `details`.
package struct DetailPatterns: FieldValue, Sendable {
  private var members: [(name: String, patterns: Patterns)] = []

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

  /// Whether every member has a matching value.
  package func match(_ value: (String) -> String?) -> Bool {
    members.allSatisfy { member in
      guard let value = value(member.name) else { return false }
      var memo = MatchMemo()
      return member.patterns.matches(value, memo: &memo)
    }
  }
}
