// SPDX-License-Identifier: Apache-2.0
internal import GRDB

extension Database {
  /// Runs `select`, which ends in `IN`, for all the texts: one statement for many of them instead of one for each.
  func forEachChunk(of texts: [String], _ select: String, body: (SQLStatement.Row) throws -> Void) throws {
    // Few sizes, so that few statements are cached; a chunk that is not full repeats its last text.
    let sizes = [1, 16, 128]
    var rest = texts[...]
    while let last = rest.prefix(128).last {
      let chunk = rest.prefix(128)
      let size = sizes.first { $0 >= chunk.count } ?? 128
      let marks = repeatElement("?", count: size).joined(separator: ",")
      let values = chunk.map { SQLStatement.Value.text($0) }
      let padding = repeatElement(SQLStatement.Value.text(last), count: size - chunk.count)
      try SQLStatement(self, "\(select) (\(marks))").forEach(values + padding, body: body)
      rest = rest.dropFirst(128)
    }
  }
}
