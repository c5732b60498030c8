// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import Testing

@Suite("The line and column of a byte")
struct TextPlacesTests {
  @Test("are those that reading the text from its start gives", arguments: [0, 1, 255, 256, 257, 511, 512, 2_000])
  func places(count: Int) {
    var generator = SeededGenerator(seed: UInt64(count))
    let pieces = ["a", "\n", "é", "𝄞", "\r\n", "bcd"]
    var bytes: [UInt8] = []
    while bytes.count < count { bytes += Array((pieces.randomElement(using: &generator) ?? "").utf8) }
    let places = TextPlaces(SourceText(name: "text", bytes: bytes))
    for offset in 0...bytes.count {
      let before = bytes[..<offset]
      let line = before.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      let place = places.place(of: offset)
      #expect(place.line == line.count)
      #expect(place.column == 1 + (line.last?.count { $0 & 0xC0 != 0x80 } ?? 0))
    }
    #expect(places.place(of: bytes.count + 9) == places.place(of: bytes.count))
  }
}
