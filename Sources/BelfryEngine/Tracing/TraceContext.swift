// SPDX-License-Identifier: Apache-2.0
internal import Tracing

/// The trace and span that something belongs to: what W3C Trace Context passes from program to program.
package struct TraceContext: Sendable, Hashable {
  /// The trace's 16 bytes, not all of them 0.
  package struct TraceID: Sendable, Hashable, CustomStringConvertible {
    package var high: UInt64
    package var low: UInt64
    package init(high: UInt64, low: UInt64) {
      self.high = high
      self.low = low
    }
    /// 32 lower-case hexadecimal digits.
    package var description: String { TraceContext.hex(high) + TraceContext.hex(low) }
  }

  package var trace: TraceID
  /// The span's 8 bytes, not all of them 0.
  package var span: UInt64
  /// Whether its spans are recorded.
  package var isSampled: Bool

  package init(trace: TraceID, span: UInt64, isSampled: Bool) {
    self.trace = trace
    self.span = span
    self.isSampled = isSampled
  }

  /// 16 lower-case hexadecimal digits.
  package var spanText: String { TraceContext.hex(span) }

  /// `00-<trace>-<span>-<flags>`, see https://www.w3.org/TR/trace-context/#traceparent-header.
  package var traceparent: String { "00-\(trace)-\(spanText)-\(isSampled ? "01" : "00")" }

  /// Reads a `traceparent`; nil if it is invalid, which counts as absent.
  ///
  /// A later version may have more fields after the known ones.
  package init?(traceparent text: String) {
    let bytes = Array(text.utf8)
    let dash = UInt8(ascii: "-")
    guard bytes.count >= 55, [2, 35, 52].allSatisfy({ bytes[$0] == dash }),
      let version = TraceContext.number(bytes[0..<2]), version != 0xFF,
      bytes.count == 55 || (version > 0 && bytes[55] == dash),
      let high = TraceContext.number(bytes[3..<19]), let low = TraceContext.number(bytes[19..<35]),
      let span = TraceContext.number(bytes[36..<52]), let flags = TraceContext.number(bytes[53..<55]),
      high | low != 0, span != 0
    else { return nil }
    self.init(trace: TraceID(high: high, low: low), span: span, isSampled: flags & 1 == 1)
  }

  /// Reads at most 16 digits; capital letters are not allowed.
  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    var number: UInt64 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return number
  }

  private static func hex(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// The key under which a context stores it.
private enum TraceContextKey: InstrumentationContextKey {
  typealias Value = TraceContext
}

extension InstrumentationContext {
  /// The trace that this belongs to; nil for none.
  package var trace: TraceContext? {
    get { self[TraceContextKey.self] }
    set { self[TraceContextKey.self] = newValue }
  }
}
