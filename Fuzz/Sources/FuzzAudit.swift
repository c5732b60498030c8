// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryAudit
internal import BelfryTransport

/// Fuzzes the audit log: any bytes can be read, a chain is valid, and any changed byte of it is found.
@Sendable func fuzzAudit(_ bytes: [UInt8]) {
  read(bytes)
  var input = FuzzBytes(bytes)
  let (place, change) = (input.number(below: 65_536), input.byte() | 1)
  let lines = rows(&input)
  let split = lines.isEmpty ? 0 : place % lines.count
  var chain = RowChain(after: .beginning, isStated: true)
  var chained = chain.extend(Array(lines[..<split].joined()))
  chained += chain.extend(Array(lines[split...].joined()))
  let written = chain.end.number > 0 ? chain.end : nil
  let whole = check(chained, written: written)
  expect(whole.isGood && whole.rows == lines.count, "\(whole.faults) in a chain of \(lines.count)")
  guard !chained.isEmpty else { return }
  chained[place % chained.count] ^= change
  expect(!check(chained, written: written).isGood, "byte \(place % chained.count) was changed by \(change)")
}

private func check(_ bytes: [UInt8], written: ChainEnd?) -> ChainCheck {
  var check = ChainCheck(written: written)
  for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
    check.take(line, at: ChainCheck.Place(file: "audit.jsonl", line: 1))
  }
  check.finish()
  return check
}

/// The remaining bytes as rows: texts that a row may contain, unchanged.
private func rows(_ input: inout FuzzBytes) -> [[UInt8]] {
  var lines: [[UInt8]] = []
  for piece in input.remaining().split(separator: 0).prefix(20) {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("seam")
    writer.string(String(decoding: piece, as: UTF8.self))
    writer.endObject()
    writer.endLine()
    lines.append(writer.bytes)
  }
  return lines
}

/// Reads the bytes as a log, as a note, and as a name.
private func read(_ bytes: [UInt8]) {
  _ = check(bytes + [UInt8(ascii: "\n")], written: EndNote.read(bytes)?.end)
  for line in bytes.split(separator: UInt8(ascii: "\n")) {
    let text = String(decoding: line, as: UTF8.self)
    if let row = AuditLine(text) {
      expect(AuditFilter(seam: row.seam).takes(row), "a row is taken by its own seam")
      _ = (row.text, row.lostCount)
    }
    if let name = RotatedName(text, of: "audit.jsonl") {
      expect(name.text(of: "audit.jsonl") == text, "\(text) is written as it is read")
    }
  }
}
