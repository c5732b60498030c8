// SPDX-License-Identifier: Apache-2.0

/// Chains rows: each gets a number and the hash of what it says and of the hash before it.
///
/// Then no row can be changed, taken out or moved without every later hash being another. A row that begins a file also
/// states the hash that it comes after, so that a file can be checked when those before it are gone:
/// `…,"after":"9f…","number":17,"hash":"3c…"}`. What is hashed is the hash before it, as text, and the row up to `,"hash"`.
package struct RowChain: Sendable {
  /// The last row so far.
  package private(set) var end: ChainEnd
  /// Whether the next row states what it comes after.
  private var isStated: Bool
  /// The hash before a row and the row, kept from row to row.
  private var link: [UInt8] = []

  package init(after end: ChainEnd, isStated: Bool) {
    self.end = end
    self.isStated = isStated
  }

  /// Chains whole lines, each a JSON object that is not empty, and returns them as they are to be written.
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
