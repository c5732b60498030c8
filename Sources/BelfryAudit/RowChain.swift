// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Chains rows: each gets a number, and the hash of its content and its predecessor's hash.
///
/// Changing, removing or moving a row changes every later hash. The first row of a file also states its predecessor's
/// hash, so that a file can be checked when earlier files are gone: `…,"after":"9f…","number":17,"hash":"3c…"}`. The
/// hashed text is the predecessor's hash followed by the row up to `,"hash"`.
package struct RowChain: Sendable {
  /// The last row so far.
  package private(set) var end: ChainEnd
  /// Whether the next row states its predecessor's hash.
  private var isStated: Bool
  /// The predecessor's hash and the row; reused for every row.
  private var link: [UInt8] = []

  package init(after end: ChainEnd, isStated: Bool) {
    self.end = end
    self.isStated = isStated
  }

  /// Chains complete lines, each a non-empty JSON object, and returns them as they must be written.
  package mutating func extend(_ lines: [UInt8]) -> [UInt8] {
    var chained: [UInt8] = []
    chained.reserveCapacity(lines.count + lines.count / 2)
    for line in lines.split(separator: JSONByte.newline) { append(line.dropLast(), to: &chained) }
    return chained
  }

  private mutating func append(_ row: ArraySlice<UInt8>, to chained: inout [UInt8]) {
    link.removeAll(keepingCapacity: true)
    link += end.hash.utf8
    link += row
    if isStated {
      link += ChainedRow.afterKey
      link += end.hash.utf8
      link.append(JSONByte.quote)
      isStated = false
    }
    link += ChainedRow.numberKey
    link += String(end.number + 1).utf8
    end = ChainEnd(number: end.number + 1, hash: SHA256.hexadecimal(of: link))
    chained += link[ChainEnd.hashLength...]
    chained += ChainedRow.hashKey
    chained += end.hash.utf8
    chained += ChainedRow.close
    chained.append(JSONByte.newline)
  }
}
