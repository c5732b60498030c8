// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryAudit
internal import BelfryConfiguration
internal import BelfryLedger
internal import BelfryTransport

/// Continues reading settled deliveries in the ledger and requests in the audit log, and decides which cause an
/// investigation.
///
/// Its position and counts must be stored before an investigator is asked.
struct InvestigationReader: Sendable {
  private let log: String
  private var reader: AuditReader
  private var tail: InvestigationCursor
  private var book: InvestigationTriggers
  /// The number of the last settled attempt that was read.
  private var settled: Int
  /// Whether the log is searched from its oldest file for the rows after the last one read.
  private var isSearching = false

  /// The result of one piece of the log.
  struct Step: Sendable {
    var waking: [InvestigationEvent] = []
    var marks: [String: String?] = [:]
    /// The number of rows that were removed before they were read.
    var missing = 0
  }

  /// Continues from the cursors of an earlier run, otherwise from the end of the log and after the attempt `settled`.
  ///
  /// - Throws: if the log cannot be read.
  static func begin(
    _ log: String,
    _ settings: WakeSettings,
    marks: [String: String],
    settled: Int,
    at now: Instant
  ) async throws(TransportFailure) -> (reading: InvestigationReader, marks: [String: String?]) {
    let kept = marks.map { (ExactText(InvestigationBookmark.name(of: $0.key)), $0.value) }
    let book = InvestigationTriggers(
      rules: settings.rules,
      takesAlerts: settings.alerts,
      kept: Dictionary(kept) { first, _ in first }
    )
    let known = settings.alerts ? marks[InvestigationBookmark.settled].flatMap { Int($0) } : nil
    if let position = marks[InvestigationBookmark.position] {
      let tail = marks[InvestigationBookmark.row].flatMap { InvestigationCursor(text: $0) } ?? InvestigationCursor()
      let reader = AuditReader(path: log, after: AuditPosition(position))
      let begun = InvestigationReader(log: log, reader: reader, tail: tail, book: book, settled: known ?? settled)
      return (begun, known == nil ? begun.settledMark : [:])
    }
    // Read the number first: there may be more rows by the time the end is read, but never fewer.
    let tail = LogFiles.end(of: log).map { InvestigationCursor(after: $0.end.number, at: now) } ?? InvestigationCursor()
    let end = try await AuditReader.atEnd(of: log)
    let reading = InvestigationReader(log: log, reader: end, tail: tail, book: book, settled: settled)
    return (reading, reading.marks.merging(reading.settledMark) { $1 })
  }

  private init(
    log: String,
    reader: AuditReader,
    tail: InvestigationCursor,
    book: InvestigationTriggers,
    settled: Int
  ) {
    self.settled = settled
    self.log = log
    self.reader = reader
    self.tail = tail
    self.book = book
  }

  /// Reads a page of the messages that arrived.
  ///
  /// - Returns: nil if there are no new ones.
  /// - Throws: if the ledger cannot be read.
  mutating func step(in ledger: any History) async throws -> Step? {
    guard book.takesAlerts else { return nil }
    let page = try await ledger.delivered(after: settled, limit: InvestigationReader.page)
    guard page.last > settled else { return nil }
    settled = page.last
    let (waking, kept) = book.take(page.deliveries.compactMap { InvestigationEvent($0) })
    var step = Step(waking: waking, marks: settledMark)
    for (name, text) in kept { step.marks[InvestigationBookmark.mark(of: name.text)] = .some(text) }
    return step
  }

  /// The most attempts of one page.
  private static let page = 500

  private var settledMark: [String: String?] {
    [InvestigationBookmark.settled: book.takesAlerts ? .some(String(settled)) : nil]
  }

  /// Reads a piece of the log.
  ///
  /// - Returns: nil at the end of the log.
  /// - Throws: if the log cannot be read.
  mutating func step() async throws(TransportFailure) -> Step? {
    guard let piece = try await reader.readPiece() else { return nil }
    if !isSearching, !tail.isFollowed(by: piece.lines) {
      // The file read so far is missing or was replaced: search the rest of the log.
      reader = AuditReader(path: log)
      isSearching = true
      return Step()
    }
    let (lines, missing) = tail.take(piece.lines)
    if !lines.isEmpty { isSearching = false }
    let (waking, kept) = book.take(lines)
    var step = Step(waking: waking, marks: marks, missing: missing)
    for (name, text) in kept { step.marks[InvestigationBookmark.mark(of: name.text)] = .some(text) }
    return step
  }

  /// If there is no log yet, it will be read from its start.
  private var marks: [String: String?] {
    [InvestigationBookmark.position: reader.mark?.description ?? "beginning", InvestigationBookmark.row: tail.text]
  }
}

/// The names of the cursors in the ledger.
package enum InvestigationBookmark {
  /// The prefix of all of them.
  package static let prefix = "wake."
  /// The position in the log.
  package static let position = "wake.position"
  /// The last row read.
  package static let row = "wake.row"
  /// The number of the last settled attempt read from the ledger.
  package static let settled = "wake.settled"
  /// Pending investigations, by the delivery that will send the answer.
  package static let open = "wake.open."
  /// The result of the last investigation.
  package static let last = "wake.last"

  /// The cursor name for a name that may contain an alert's ID: in ASCII, because IDs are compared by their bytes.
  static func mark(of name: String) -> String {
    let bytes = name.utf8.flatMap { byte in
      byte < 0x80 && byte != percent
        ? [byte] : [percent, digits[Int(byte >> 4)], digits[Int(byte & 0x0F)]]
    }
    return prefix + String(decoding: bytes, as: UTF8.self)
  }

  /// The name from which a cursor name was made.
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
