// SPDX-License-Identifier: Apache-2.0

/// A cursor over JSON text: it goes forward once, keeps its place, and goes on past whatever mistake it can.
///
/// What a mistake leaves readable is read (a comment is skipped, a missing comma is thought of) and the mistake is kept in `problems`.
/// Only where nothing sensible can follow, mostly at the end of the text, a `JSONProblem` is thrown. Time is linear in the text and
/// memory follows what is open, for any input.
///
///     while let name = try reader.nextName() {
///       switch name {
///       case "title": title = try reader.string()
///       default: try reader.skip()
///       }
///     }
package struct JSONReader: ~Copyable {
  package enum Kind: Sendable, Hashable {
    case object, array, string, number, bool, null
  }

  let base: UnsafePointer<UInt8>
  let count: Int
  let limits: JSONLimits
  /// The byte that is read next.
  package internal(set) var offset = 0
  /// Whether the string read last was ASCII with no escape and no DEL: nothing in it can need cleaning.
  package internal(set) var wasPlain = true
  /// The first problems, up to the limit.
  package private(set) var problems: [JSONProblem] = []
  package private(set) var problemCount = 0
  /// Whether a problem so far may have hidden a value.
  package private(set) var mayHaveLostValues = false
  /// Of the string read last: its bytes in the text, quotes included, where U+FFFD stands for some of them; else nil.
  package internal(set) var replacedSpan: Range<Int>?
  /// How many problems there were that cannot be mended; see `JSONProblem.Code.isMended`.
  package private(set) var faultCount = 0
  /// The latest of them.
  package private(set) var latestFault: JSONProblem?
  /// The first problem that may have hidden a value.
  package private(set) var firstLoss: JSONProblem?

  /// Where the open brackets stand.
  var opened: [Int] = []
  /// Whether nothing was read yet inside the innermost open bracket.
  var isFirst = true
  /// Where strings with escapes are put together.
  var scratch: [UInt8] = []
  /// Whether U+FFFD stands for something in the string that is being read.
  var hasReplaced = false

  private init(base: UnsafePointer<UInt8>, count: Int, limits: JSONLimits) {
    self.base = base
    self.count = count
    self.limits = limits
    opened.reserveCapacity(min(limits.depth, 64))
  }

  /// Reads one JSON text; `body` reads its one value.
  ///
  /// - Returns: what `body` answered, nil if it could not go on, and every problem in the order of finding.
  package static func read<Value>(
    _ bytes: [UInt8],
    limits: JSONLimits = .standard,
    _ body: (inout JSONReader) throws(JSONProblem) -> Value
  ) -> JSONOutcome<Value> {
    bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress, !buffer.isEmpty else {
        let problem = JSONProblem.emptyText(at: 0)
        return JSONOutcome(
          value: nil,
          problems: [problem],
          problemCount: 1,
          mayHaveLostValues: true,
          firstLoss: problem,
          faultCount: 1,
          latestFault: problem
        )
      }
      var reader = JSONReader(base: base, count: buffer.count, limits: limits)
      var value: Value?
      do throws(JSONProblem) {
        try reader.begin()
        value = try body(&reader)
        try reader.finish()
      } catch {
        reader.report(error)
      }
      return JSONOutcome(
        value: value,
        problems: reader.problems,
        problemCount: reader.problemCount,
        mayHaveLostValues: reader.mayHaveLostValues,
        firstLoss: reader.firstLoss,
        faultCount: reader.faultCount,
        latestFault: reader.latestFault
      )
    }
  }

  /// The bytes of a part of the text.
  package func bytes(in span: Range<Int>) -> [UInt8] {
    Array(UnsafeBufferPointer(start: base + span.lowerBound, count: span.count))
  }

  /// Looks what kind of value stands next, without reading it.
  @inline(__always)
  package mutating func peek() throws(JSONProblem) -> Kind {
    let byte = try token()
    if byte == JSONByte.quote { return .string }
    return kind(of: byte)
  }

  private func kind(of byte: UInt8) -> Kind {
    switch byte {
    case JSONByte.quote, JSONByte.apostrophe: .string
    case JSONByte.openBrace: .object
    case JSONByte.openBracket: .array
    default:
      if JSONByte.beginsNumber(byte) {
        .number
      } else if JSONByte.beginsWord(byte) {
        wordKind()
      } else {
        .null
      }
    }
  }

  /// Keeps a problem that can be gone past, or counts it.
  mutating func report(_ problem: JSONProblem) {
    problemCount += 1
    if problem.code.mayHideValues {
      mayHaveLostValues = true
      firstLoss = firstLoss ?? problem
    }
    if !problem.code.isMended {
      faultCount += 1
      latestFault = problem
    }
    if problems.count < limits.problems { problems.append(problem) }
  }

  private mutating func begin() throws(JSONProblem) {
    if let encoding = foreignEncoding() { throw .wrongEncoding(encoding) }
    // A UTF-8 byte-order mark: allowed to be ignored by RFC 8259, section 8.1.
    if count >= 3 && base[0] == 0xEF && base[1] == 0xBB && base[2] == 0xBF { offset = 3 }
    try skipSpace()
    if offset == count { throw .emptyText(at: offset) }
  }

  private mutating func finish() throws(JSONProblem) {
    try skipSpace()
    if offset < count { report(.textAfterEnd(at: offset, found: spelled(at: offset))) }
  }

  /// UTF-16 and UTF-32 by their marks, or by the zeros that ASCII punctuation has in them (RFC 4627, section 3).
  private func foreignEncoding() -> String? {
    guard count >= 2 else { return nil }
    let third = count > 2 ? base[2] : 1
    switch (base[0], base[1]) {
    case (0, 0): return "UTF-32"
    case (0xFE, 0xFF), (0, _): return "UTF-16"
    case (0xFF, 0xFE), (_, 0): return third == 0 ? "UTF-32" : "UTF-16"
    default: return nil
    }
  }
}

/// What came of reading one JSON text.
package struct JSONOutcome<Value> {
  package var value: Value?
  package var problems: [JSONProblem]
  /// All that were found, those not kept included.
  package var problemCount: Int
  package var mayHaveLostValues: Bool
  /// The first problem that may have hidden a value.
  package var firstLoss: JSONProblem?
  /// How many problems cannot be mended, and the latest of them; see `JSONProblem.Code.isMended`.
  package var faultCount: Int
  package var latestFault: JSONProblem?
}
