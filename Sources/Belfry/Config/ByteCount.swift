// SPDX-License-Identifier: Apache-2.0

/// A file size limit, written `500kB`, `50MB` or `2GB`: thousands, millions or billions of bytes.
package struct ByteCount: FieldValue, Hashable {
  package var value: Int
  package init(_ value: Int) { self.value = value }

  private static let units: [(name: String, bytes: Int)] = [
    ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000),
  ]

  package static var shape: FieldShape { .string("a size such as \"500kB\", \"50MB\" or \"2GB\"") }

  package static func read(_ node: JSONNode, _ report: inout Report) -> ByteCount? {
    guard let text = node.string, let unit = units.first(where: { text.lowercased().hasSuffix($0.name.lowercased()) }),
      let number = Int(text.dropLast(2)), (1...1_000_000).contains(number), text.utf8.first != UInt8(ascii: "+")
    else {
      report.error("expected \(shape.text).", at: node.offset, remedy: "Write a whole number and kB, MB or GB.")
      return nil
    }
    return ByteCount(number * unit.bytes)
  }

  package var shown: String {
    let unit = ByteCount.units.last { value.isMultiple(of: $0.bytes) }
    return unit.map { "\"\(value / $0.bytes)\($0.name)\"" } ?? "\(value) bytes"
  }
}
