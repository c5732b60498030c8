// SPDX-License-Identifier: Apache-2.0

/// What was found wrong in a source's text, its places still byte offsets.
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

  /// Adds a finding, or counts it; nothing is put together once no more are kept.
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

  /// All findings, and problems of the reader, in the order of the text and with their lines; and how many there are besides.
  ///
  /// `count` is how many problems there were, those that were not kept included.
  func placed(
    in source: SourceText,
    _ problems: [JSONProblem] = [],
    of count: Int = 0
  ) -> (findings: [Finding], rest: Int) {
    let problems = problems.map { problem in
      Draft(level: .error, offset: problem.offset, path: "", message: problem.message, remedy: problem.remedy)
    }
    let all = (drafts + problems).sorted { $0.offset < $1.offset }
    var places = PlaceFinder(source)
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

/// Tells lines and columns of ascending offsets in one walk over the text.
private struct PlaceFinder {
  private let bytes: [UInt8]
  private var offset = 0
  private var line = 1
  private var column = 1

  init(_ source: SourceText) { bytes = source.bytes }

  mutating func place(of target: Int) -> (line: Int, column: Int) {
    while offset < min(target, bytes.count) {
      if bytes[offset] == JSONByte.newline {
        line += 1
        column = 1
      } else if bytes[offset] & 0xC0 != 0x80 {
        column += 1
      }
      offset += 1
    }
    return (line, column)
  }
}
