// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryAudit
import Testing

@Suite("A chain of rows")
struct ChainTests {
  /// Rows before chaining.
  private static func plain(_ names: [String]) -> [UInt8] {
    Array(names.map { #"{"emitted_at":"2027-01-15T08:00:00Z","id":"\#($0)","source":null}"# + "\n" }.joined().utf8)
  }

  /// Ten rows of one chain, without their line breaks.
  private static let rows = lines(ofChainOf: (1...10).map { "r\($0)" })

  private static func lines(ofChainOf names: [String]) -> [String] {
    var chain = RowChain(after: .beginning, isStated: true)
    return String(decoding: chain.extend(plain(names)), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private static var end: ChainEnd? { ChainedRow(Array(rows[9].utf8)[...])?.end }

  private func check(_ rows: some Sequence<String>, written: ChainEnd? = ChainTests.end) -> ChainCheck {
    var check = ChainCheck(written: written)
    for (index, row) in rows.enumerated() {
      check.take(Array(row.utf8)[...], at: ChainCheck.Place(file: "log", line: index + 1))
    }
    check.finish()
    return check
  }

  private func kinds(_ rows: some Sequence<String>) -> [ChainCheck.Kind] { check(rows).faults.map(\.kind) }

  @Test("a row keeps its content, and ends in its number and its hash, which a shell can compute")
  func form() {
    // printf '%064d%s' 0 '{"a":1,"after":"000…","number":1' | sha256sum
    var chain = RowChain(after: .beginning, isStated: true)
    let text = String(decoding: chain.extend(Array("{\"a\":1}\n{\"b\":2}\n".utf8)), as: UTF8.self)
    let zeros = String(repeating: "0", count: 64)
    #expect(
      text == """
        {"a":1,"after":"\(zeros)","number":1,"hash":"\(Self.first)"}
        {"b":2,"number":2,"hash":"\(Self.second)"}

        """
    )
    #expect(chain.end == ChainEnd(number: 2, hash: Self.second))
  }

  @Test(
    "a row names its attempt at its end, and what others say in a text is none",
    arguments: [
      (
        #"{"a":1,"source":null,"delivery":"0192-f","attempt":2}"#,
        DeliveryAttempt(delivery: DeliveryID("0192-f"), number: 2)
      ),
      (#"{"a":1,"source":null,"delivery":"0192-f","attempt":0}"#, nil), (#"{"a":1,"source":null}"#, nil),
      (#"{"a":1,"attempt":2}"#, nil), (#"{"delivery":"x","attempt":2,"a":1}"#, nil),
      (#"{"a":"\",\"delivery\":\"x\",\"attempt\":2"}"#, nil),
    ] as [(String, DeliveryAttempt?)]
  )
  func attempt(row: String, attempt: DeliveryAttempt?) {
    var chain = RowChain(after: .beginning, isStated: true)
    let rows = chain.extend(Array("\(row)\n\(row)\n".utf8)).split(separator: UInt8(ascii: "\n"))
    #expect(rows.map { ChainedRow($0)?.attempt } == [attempt, attempt], "the first says what it comes after")
    #expect(rows.compactMap { ChainedRow($0)?.after }.count == 1)
  }

  private static let first = "14292b2b0dc6a87b52da48bd1bf4d14dd06c49c057ad85ca1bb37eed8905592a"
  private static let second = "2120f4c4546b532e564b24ac669ab5874f34b61e0df0101c4d65dfba34bb0cc5"

  @Test("an intact chain is valid, however it was extended")
  func whole() {
    let check = check(Self.rows)
    #expect(check.isGood && check.rows == 10 && check.first == 1 && check.end == Self.end)
    var chain = RowChain(after: .beginning, isStated: true)
    let pieces = [1...3, 4...4, 5...10].map { part in
      String(decoding: chain.extend(Self.plain(part.map { "r\($0)" })), as: UTF8.self)
    }
    #expect(pieces.joined().split(separator: "\n").map(String.init) == Self.rows)
  }

  @Test("any changed row is found", arguments: 0..<10)
  func changed(index: Int) {
    var rows = Self.rows
    rows[index] = rows[index].replacing("\"r", with: "\"x")
    #expect(kinds(rows) == [.changed(index + 1)])
  }

  @Test("a row changed together with its hash is found by the next row, or at the end by the note")
  func forged() {
    var rows = Self.rows
    let before = ChainedRow(Array(rows[3].utf8)[...])?.end ?? .beginning
    var chain = RowChain(after: before, isStated: false)
    rows[4] = String(String(decoding: chain.extend(Self.plain(["forged"])), as: UTF8.self).dropLast())
    #expect(kinds(rows) == [.changed(6)])
    let forgery = Self.lines(ofChainOf: (1...9).map { "r\($0)" } + ["forged"])
    #expect(kinds(forgery) == [.otherEnd(10)])
  }

  @Test("missing rows are found and numbered, wherever they were", arguments: [0, 1, 4, 8])
  func missing(index: Int) {
    var rows = Self.rows
    rows.removeSubrange(index...index + 1)
    switch index {
    case 0: #expect(kinds(rows) == [.changed(3)], "the first row must say what it comes after")
    case 8: #expect(kinds(rows) == [.missing(9...10)], "the note says what was last")
    default: #expect(kinds(rows) == [.missing(index + 1...index + 2)])
    }
  }

  @Test("swapped rows are found", arguments: 1..<9)
  func reordered(index: Int) {
    var rows = Self.rows
    rows.swapAt(index, index + 1)
    let (first, second) = (index + 1, index + 2)
    let expected: [ChainCheck.Kind] = [.missing(first...first), .misplaced(first, after: second)]
    #expect(kinds(rows) == expected)
  }

  @Test("a duplicate row and an invalid line are found")
  func added() {
    #expect(kinds(Self.rows[..<5] + [Self.rows[4]] + Self.rows[5...]) == [.misplaced(5, after: 5)])
    #expect(kinds(Self.rows[..<5] + [#"{"emitted_at":"x"}"#] + Self.rows[5...]) == [.unchained])
    #expect(check(Self.rows + [""]).faults.first?.place == ChainCheck.Place(file: "log", line: 11))
  }

  @Test("rows from before the chain are not a fault, and the chain begins after them")
  func old() {
    let check = check(["{}", "no row"] + Self.rows)
    #expect(check.isGood && check.unchained == 2 && check.rows == 10)
  }

  @Test("a chain without its first files is valid from the first row that states its predecessor")
  func kept() {
    var chain = RowChain(after: .beginning, isStated: true)
    _ = chain.extend(Self.plain(["a", "b"]))
    var later = RowChain(after: chain.end, isStated: true)
    let rows = String(decoding: later.extend(Self.plain(["c", "d"])), as: UTF8.self).split(separator: "\n").map(
      String.init
    )
    let check = check(rows, written: later.end)
    #expect(check.isGood && check.first == 3)
    #expect(kinds(rows.map { $0.replacing("\"c\"", with: "\"x\"") }).contains(.changed(3)))
  }

  @Test("a log without its end is only found by the note, and a missing note is reported")
  func noted() {
    #expect(check(Self.rows.dropLast(3)).faults.map(\.kind) == [.missing(8...10)])
    #expect(check(Self.rows, written: nil).faults.map(\.kind) == [.noEnd])
    #expect(check([], written: nil).isGood)
    #expect(check([]).faults.map(\.kind) == [.missing(1...10)])
    let lagging = ChainedRow(Array(Self.rows[6].utf8)[...])?.end
    #expect(check(Self.rows, written: lagging).isGood, "the note may lag behind a crash")
  }

  @Test("every fault is counted, and only as many are kept as people read")
  func many() {
    let check = check(Self.rows + (0..<500).map { _ in "no row" })
    #expect(check.faultCount == 500 && check.faults.count == 100)
  }

  @Test(
    "text that only resembles a row of a chain is not one",
    arguments: [
      "", "{}", #"{"hash":"\#(String(repeating: "0", count: 64))"}"#,
      #"{"number":1,"hash":"\#(String(repeating: "0", count: 64))"}"#,
      #"{"a":1,"number":01,"hash":"\#(String(repeating: "0", count: 64))"}"#,
      #"{"a":1,"number":0,"hash":"\#(String(repeating: "0", count: 64))"}"#,
      #"{"a":1,"number":99999999999999999999,"hash":"\#(String(repeating: "0", count: 64))"}"#,
      #"{"a":1,"number":1,"hash":"\#(String(repeating: "A", count: 64))"}"#,
      #"{"a":1,"number":1,"hash":"\#(String(repeating: "0", count: 63))"}"#,
    ]
  )
  func lookalikes(line: String) { #expect(ChainedRow(Array(line.utf8)[...]) == nil) }
}
