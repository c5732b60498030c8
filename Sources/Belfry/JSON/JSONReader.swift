// SPDX-License-Identifier: Apache-2.0

/// A cursor over JSON text that moves forward once, knows its position, and recovers from mistakes where possible.
///
/// Recoverable mistakes are kept in `problems`: a comment is skipped, a missing comma is assumed. A `JSONProblem` is
/// thrown only if nothing sensible can follow, usually at the end of the text. For any input, time is linear in the
/// text, and memory grows only with the open brackets.
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
  /// The offset of the next byte to read.
  package internal(set) var offset = 0
  /// Whether the last string was ASCII without escapes and DEL, which needs no cleaning.
  package internal(set) var wasPlain = true
  /// The first problems, up to the limit.
  package private(set) var problems: [JSONProblem] = []
  package private(set) var problemCount = 0
  /// Whether a problem so far may have hidden a value.
  package private(set) var mayHaveLostValues = false
  /// The bytes of the last string in the text, including quotes, if U+FFFD replaced some of them; otherwise nil.
  package internal(set) var replacedSpan: Range<Int>?
  /// The number of uncorrectable problems; see `JSONProblem.Code.isMended`.
  package private(set) var faultCount = 0
  /// The latest uncorrectable problem.
  package private(set) var latestFault: JSONProblem?
  /// The first problem that may have hidden a value.
  package private(set) var firstLoss: JSONProblem?

  /// The offsets of the open brackets.
  var opened: [Int] = []
  /// Whether nothing has been read inside the innermost bracket yet.
  var isFirst = true
  /// The buffer for strings with escapes.
  var scratch: [UInt8] = []
  /// Whether U+FFFD replaced anything in the current string.
  var hasReplaced = false

  private init(base: UnsafePointer<UInt8>, count: Int, limits: JSONLimits) {
    self.base = base
    self.count = count
    self.limits = limits
    opened.reserveCapacity(min(limits.depth, 64))
  }

  /// Reads one JSON text; `body` reads its single value.
  ///
  /// - Returns: the result of `body`, nil if it could not continue, and every problem in the order found.
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

  /// The kind of the next value, without reading it.
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

  /// Keeps or counts a recoverable problem.
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
    // A UTF-8 byte-order mark, which RFC 8259, section 8.1, allows ignoring.
    if count >= 3 && base[0] == 0xEF && base[1] == 0xBB && base[2] == 0xBF { offset = 3 }
    try skipSpace()
    if offset == count { throw .emptyText(at: offset) }
  }

  private mutating func finish() throws(JSONProblem) {
    try skipSpace()
    if offset < count { report(.textAfterEnd(at: offset, found: spelled(at: offset))) }
  }

  /// Detects UTF-16 and UTF-32 by their byte-order marks, or by the zero bytes of ASCII punctuation (RFC 4627, section
  /// 3).
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

/// The result of reading one JSON text.
package struct JSONOutcome<Value> {
  package var value: Value?
  package var problems: [JSONProblem]
  /// The number of problems found, including those not kept.
  package var problemCount: Int
  package var mayHaveLostValues: Bool
  /// The first problem that may have hidden a value.
  package var firstLoss: JSONProblem?
  /// The number of uncorrectable problems, and the latest; see `JSONProblem.Code.isMended`.
  package var faultCount: Int
  package var latestFault: JSONProblem?
}
