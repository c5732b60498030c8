// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTestKit
import BelfryTesting
import Testing

@Suite("JSON with random content")
struct JSONPropertyTests {
  static let sample = Array(
    #"""
    {"channels": {"oncall": {"kind": "slack-dm", "token": "${TOKEN}", "é\u00e9\ud83d\ude00": [1, -2.5e3, true, false, null]}},
     "routes": [{"match": {"severity": ["critical", "warning"]}, "to": "oncall"}, {}, []], "note": "a \"quoted\" \\ text\n", "empty": ""}
    """#.utf8
  )

  @Test("random bytes are read to the end", arguments: 0..<8 as Range<UInt64>)
  func randomBytes(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let count = Int.random(in: 0..<200, using: &generator)
      check((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
  }

  @Test("random fragments of JSON are read to the end", arguments: 0..<8 as Range<UInt64>)
  func randomPieces(seed: UInt64) {
    let pieces = [
      "{", "}", "[", "]", ",", ":", "\"", "'", "\\", "/", "//", "/*", "*/", "#", "\n", " ", "true", "nul", "NaN", "1",
      "-", ".", "e9",
      "\\u", "\\ud800", "$", "${", "é", "\u{FEFF}", "\0", "=", "\"a\"", "\"id\":", "\"labels\":", "\"alerts\":",
      "\"fingerprint\"",
    ].map { Array($0.utf8) }
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let count = Int.random(in: 0..<60, using: &generator)
      check((0..<count).flatMap { _ in pieces.randomElement(using: &generator) ?? [] })
    }
  }

  @Test("valid text with random damage is read to the end", arguments: 0..<8 as Range<UInt64>)
  func mutations(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      var bytes = JSONPropertyTests.sample
      for _ in 0..<Int.random(in: 1...4, using: &generator) { damage(&bytes, &generator) }
      check(bytes)
    }
  }

  @Test("every truncated text is recognised as truncated")
  func beginnings() {
    for end in 0..<JSONPropertyTests.sample.count {
      let result = parse(Array(JSONPropertyTests.sample[..<end]))
      #expect(result.tree == nil && !result.codes.isEmpty)
    }
    #expect(parse(JSONPropertyTests.sample).codes.isEmpty)
  }

  @Test("a written text reads back the same, in both forms", arguments: 0..<4 as Range<UInt64>)
  func roundTrip(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let node = JSONNode.any(&generator, depth: 5)
      for form in [JSONWriter.Form.compact, .pretty] {
        var writer = JSONWriter(form)
        node.write(into: &writer)
        let result = parse(writer.bytes)
        #expect(result.tree == node.compact)
        #expect(result.codes.isEmpty)
      }
    }
  }

  @Test(
    "hostile texts take no longer than others: quadratic time would be minutes",
    .endsIfItHangs,
    arguments: [
      "\"a\n", "'a\n", "\"\\\"\n", "'\n\"\n", "]", "[}", "{]", "//\n", "/*", "\\", "${", "\"a\" ", "{\"a\":1,", "a ",
      "{a", "é", ":", "1e9,",
      "\"\\ud800\",", "/", "[[\"\n",
    ]
  )
  func hostile(piece: String) {
    check(Array(String(repeating: piece, count: 50_000 / piece.utf8.count).utf8))
    check(Array(("[" + String(repeating: piece, count: 50_000 / piece.utf8.count)).utf8))
    check(Array(("{\"x\":" + String(repeating: piece, count: 50_000 / piece.utf8.count)).utf8))
  }

  /// Reads `bytes` in every way, and checks what is true of any text.
  private func check(_ bytes: [UInt8]) {
    let source = SourceText(name: "any", bytes: bytes)
    let (node, problems) = JSONTree.parse(source)
    #expect(node != nil || !problems.isEmpty)
    #expect(problems.count <= 100)
    #expect(problems.allSatisfy { (0...bytes.count).contains($0.offset) })
    if let node, problems.isEmpty {
      #expect(parse(node.compact).tree == node.compact)
    }
    let snapshot = AlertDecoding.read(source, from: "any", now: Instant(seconds: 0))
    #expect(snapshot.isComplete || !snapshot.findings.isEmpty)
    #expect(snapshot.findings.count <= 100)
    #expect(Set(snapshot.alerts.map(\.id)).count == snapshot.alerts.count)
    _ = AlertDecoding.readPrometheus(source, from: "any")
    _ = Alert(stored: bytes)
  }

  private func damage(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
    guard !bytes.isEmpty else { return }
    let place = Int.random(in: 0..<bytes.count, using: &generator)
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
    case 1: bytes.remove(at: place)
    case 2: bytes.insert(bytes.randomElement(using: &generator) ?? 0, at: place)
    default: bytes.removeSubrange(place..<min(bytes.count, place + 10))
    }
  }
}

extension JSONNode {
  /// A tree with random content.
  static func any(_ generator: inout SeededGenerator, depth: Int) -> JSONNode {
    let value: Value =
      switch Int.random(in: 0..<(depth > 0 ? 6 : 4), using: &generator) {
      case 0: .null
      case 1: .bool(.random(using: &generator))
      case 2: .number(String(Int.random(in: -1_000...1_000, using: &generator)))
      case 3: .string(.any(&generator))
      case 4: .array((0..<Int.random(in: 0...4, using: &generator)).map { _ in any(&generator, depth: depth - 1) })
      default:
        .object(
          (0..<Int.random(in: 0...4, using: &generator)).map { index in
            Member(name: "\(index)\(String.any(&generator))", offset: 0, node: any(&generator, depth: depth - 1))
          }
        )
      }
    return JSONNode(value, offset: 0)
  }
}
