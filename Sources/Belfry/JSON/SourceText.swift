// SPDX-License-Identifier: Apache-2.0

/// The text of a file, which converts byte offsets to lines and columns.
package struct SourceText: Sendable {
  /// The file's name in findings.
  package let name: String
  package let bytes: [UInt8]

  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  /// The text with the strings at these offsets masked.
  package func masked(at offsets: [Int]) -> String {
    var shown: [UInt8] = []
    var rest = 0
    for offset in Set(offsets).sorted() where offset >= rest && offset < bytes.count {
      var end = offset + 1
      while end < bytes.count, bytes[end] != UInt8(ascii: "\"") { end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
      shown += bytes[rest..<offset]
      shown += Array("\"\(Secret.mask)\"".utf8)
      rest = min(end + 1, bytes.count)
    }
    return String(decoding: shown + bytes[rest...], as: UTF8.self)
  }
}

/// The lines and columns of the bytes of a text.
///
/// It reads the text once. To find a place then takes the same short time anywhere in the text, however long its lines
/// are.
package struct TextPlaces: Sendable {
  private let bytes: [UInt8]
  /// The line and column of every byte whose offset is a multiple of `step`.
  private var marks: [(line: Int, column: Int)] = []

  private static let step = 256

  package init(_ source: SourceText) {
    bytes = source.bytes
    var place = (line: 1, column: 1)
    marks.reserveCapacity(bytes.count / TextPlaces.step + 1)
    marks.append(place)
    for start in stride(from: 0, to: bytes.count - TextPlaces.step + 1, by: TextPlaces.step) {
      place = TextPlaces.moved(place, over: bytes[start..<start + TextPlaces.step])
      marks.append(place)
    }
  }

  /// The line and column of a byte, both from 1; a column is a Unicode scalar.
  ///
  /// An offset beyond the end counts as the end.
  package func place(of offset: Int) -> (line: Int, column: Int) {
    let end = min(max(offset, 0), bytes.count)
    let mark = end / TextPlaces.step
    return TextPlaces.moved(marks[mark], over: bytes[mark * TextPlaces.step..<end])
  }

  private static func moved(_ place: (line: Int, column: Int), over bytes: ArraySlice<UInt8>) -> (
    line: Int, column: Int
  ) {
    var (line, column) = place
    for byte in bytes {
      if byte == JSONByte.newline {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    return (line, column)
  }
}
