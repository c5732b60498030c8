// SPDX-License-Identifier: Apache-2.0

/// The findings in a source's text, with byte offsets as places.
struct AlertFindings {
  private struct Draft {
    var level: Finding.Level
    var offset: Int
    var path: String
    var message: String
    var remedy: String
  }

  private let limit: Int
  private var drafts: [Draft] = []
  private var unlisted = 0

  init(limit: Int) { self.limit = limit }

  /// Adds a finding, or only counts it; no text is built once the limit is reached.
  mutating func add(
    _ level: Finding.Level,
    at offset: Int,
    path: @autoclosure () -> String,
    _ message: @autoclosure () -> String,
    remedy: @autoclosure () -> String
  ) {
    guard drafts.count < limit else {
      unlisted += 1
      return
    }
    drafts.append(Draft(level: level, offset: offset, path: path(), message: message(), remedy: remedy()))
  }

  /// All findings and parser problems with line numbers, in the order of the text, and the number of further ones.
  ///
  /// `count` is the number of problems, including those not kept.
  func placed(
    in source: SourceText,
    _ problems: [JSONProblem] = [],
    of count: Int = 0
  ) -> (findings: [Finding], rest: Int) {
    let problems = problems.map { problem in
      Draft(level: .error, offset: problem.offset, path: "", message: problem.message, remedy: problem.remedy)
    }
    let all = (drafts + problems).sorted { $0.offset < $1.offset }
    if all.isEmpty { return ([], unlisted + count) }
    let places = TextPlaces(source)
    let findings = all.prefix(limit).map { draft in
      let place = places.place(of: draft.offset)
      return Finding(
        level: draft.level,
        file: source.name,
        line: place.line,
        column: place.column,
        path: draft.path,
        message: draft.message,
        remedy: draft.remedy
      )
    }
    return (findings, drafts.count + unlisted + count - findings.count)
  }
}
