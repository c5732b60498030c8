// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryTransport

/// Reads the audit log on, and decides which rows wake someone.
///
/// What it came to and what it counted is to be written down as marks before anybody is asked.
struct WakeReading: Sendable {
  private let log: String
  private var reader: AuditReader
  private var tail: WakeTail
  private var book: WakeBook
  /// Whether the log is gone through from its oldest file on, for what comes after the last row that was read.
  private var isSearching = false

  /// What a piece of the log came to.
  struct Step: Sendable {
    var waking: [WakeEvent] = []
    var marks: [String: String?] = [:]
    /// How many rows were removed before they were read.
    var missing = 0
  }

  /// Goes on from the marks that an earlier run left, else from the end of the log.
  ///
  /// - Throws: when the log cannot be read.
  static func begin(
    _ log: String,
    _ settings: WakeSettings,
    marks: [String: String],
    at now: Instant
  ) async throws(TransportFailure) -> (reading: WakeReading, marks: [String: String?]) {
    let kept = marks.map { (ExactText(WakeMark.name(of: $0.key)), $0.value) }
    let book = WakeBook(
      rules: settings.rules,
      takesAlerts: settings.alerts,
      kept: Dictionary(kept) { first, _ in first }
    )
    if let position = marks[WakeMark.position] {
      let tail = marks[WakeMark.row].flatMap { WakeTail(text: $0) } ?? WakeTail()
      let reader = AuditReader(path: log, after: AuditMark(position))
      return (WakeReading(log: log, reader: reader, tail: tail, book: book), [:])
    }
    // The number first: by the time that the end is looked for there may be more rows, but never fewer.
    let tail = LogFiles.end(of: log).map { WakeTail(after: $0.end.number, at: now) } ?? WakeTail()
    let reading = WakeReading(log: log, reader: try await .atEnd(of: log), tail: tail, book: book)
    return (reading, reading.marks)
  }

  private init(log: String, reader: AuditReader, tail: WakeTail, book: WakeBook) {
    self.log = log
    self.reader = reader
    self.tail = tail
    self.book = book
  }

  /// Reads a piece of the log.
  ///
  /// - Returns: nil when all was read that is there.
  /// - Throws: when the log cannot be read.
  mutating func step() async throws(TransportFailure) -> Step? {
    guard let piece = try await reader.readPiece() else { return nil }
    if !isSearching, !tail.isFollowed(by: piece.lines) {
      // The file that was read to there is gone, or is another: what is left of the log is looked through.
      reader = AuditReader(path: log)
      isSearching = true
      return Step()
    }
    let (lines, missing) = tail.take(piece.lines)
    if !lines.isEmpty { isSearching = false }
    let (waking, kept) = book.take(lines)
    var step = Step(waking: waking, marks: marks, missing: missing)
    for (name, text) in kept { step.marks[WakeMark.mark(of: name.text)] = .some(text) }
    return step
  }

  /// Where there is no log yet, it is read from its beginning once there is.
  private var marks: [String: String?] {
    [WakeMark.position: reader.mark?.description ?? "beginning", WakeMark.row: tail.text]
  }
}

/// The names under which the watch writes down in the ledger how far it came.
package enum WakeMark {
  /// What all of them begin with.
  package static let prefix = "wake."
  /// How far the log was read.
  package static let position = "wake.position"
  /// The last row that was read.
  package static let row = "wake.row"
  /// What is asked and not answered, by the delivery that will tell the answer.
  package static let open = "wake.open."
  /// What came of the last event that was looked into.
  package static let last = "wake.last"

  /// The mark of a name that may hold an alert's id: in ASCII, as ids are compared by their bytes.
  static func mark(of name: String) -> String {
    let bytes = name.utf8.flatMap { byte in
      byte < 0x80 && byte != percent
        ? [byte] : [percent, digits[Int(byte >> 4)], digits[Int(byte & 0x0F)]]
    }
    return prefix + String(decoding: bytes, as: UTF8.self)
  }

  /// The name that a mark was made of.
  static func name(of mark: String) -> String {
    var rest = Array(mark.utf8.dropFirst(prefix.utf8.count))[...]
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      let code = String(decoding: rest.prefix(2), as: UTF8.self)
      if byte == percent, code.utf8.count == 2, let value = UInt8(code, radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let percent = UInt8(ascii: "%")
  private static let digits = Array("0123456789ABCDEF".utf8)
}
