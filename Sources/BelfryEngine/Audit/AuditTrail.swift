// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryAudit
package import BelfryLedger
internal import BelfryTransport

/// The result of checking a whole audit log.
package struct AuditTrail: Sendable {
  package var chain: ChainCheck
  /// The number of rows that, according to the log, were never written because there was no space.
  package var lost = 0

  /// What the ledger has lost since rows of the log recorded its position; nil for nothing.
  package var loss: LedgerLoss?

  /// The comparison of the rows with the attempts that the ledger settled.
  package var attempts = AttemptCheck()

  package init(chain: ChainCheck) { self.chain = chain }

  /// Whether the log is unchanged, the ledger has everything that it had then, and both contain the same attempts.
  package var isGood: Bool { chain.isGood && loss == nil && attempts.isGood }

  /// Reads all files of a log, even while it is being written.
  ///
  /// - Parameters:
  ///   - log: The path of the current file.
  ///   - ledger: The ledger that records the log's position; nil if there is none: if there was one, it is lost.
  ///   - anchors: Rows that were recorded elsewhere.
  /// - Returns: the result.
  /// - Throws: if a file or the ledger cannot be read.
  package static func read(
    _ log: String,
    beside ledger: (any AuditedLedger)? = nil,
    anchors: [ChainEnd] = []
  ) async throws -> AuditTrail {
    // Read the notes first: the log and the ledger may have grown by the time they are read, but not shrunk.
    let note = LogFiles.end(of: log)
    let marks = try await ledger?.marks(beginning: AuditPosition.prefix) ?? [:]
    let kept = marks[AuditPosition.ledgerMark]
    let known = anchors + [kept.flatMap(ChainEnd.init(text:))].compactMap(\.self)
    var trail = AuditTrail(chain: ChainCheck(written: note?.end, anchors: known))
    trail.loss = note?.ledger?.loss(now: try await ledger?.position())
    trail.attempts = AttemptCheck(
      written: try await ledger?.auditedNumbers() ?? RangeSet(),
      prunedBefore: try await ledger?.size().prunedBefore
    )
    var reader = AuditReader(path: log)
    while let piece = try await reader.readPiece() { try await trail.take(piece, ledger) }
    let latest = LogFiles.end(of: log)
    trail.chain.finish(latest: [latest?.end, latest?.next].compactMap(\.self), front: latest?.front)
    trail.attempts.finish(
      isBeginningKept: (trail.chain.first ?? 1) == 1 && marks[AuditPosition.restartMark] == nil
    )
    if let number = trail.attempts.firstMissing {
      trail.attempts.name(try await ledger?.auditedAttempt(number))
    }
    return trail
  }

  private mutating func take(_ piece: AuditReader.Piece, _ ledger: (any AuditedLedger)?) async throws {
    var named: [(attempt: DeliveryAttempt, line: ArraySlice<UInt8>)] = []
    for (index, line) in piece.lines.enumerated() {
      let row = chain.take(line, at: ChainCheck.Place(file: piece.file, line: piece.firstLine + index))
      if let attempt = row?.attempt { named.append((attempt, line)) }
      countLost(line)
    }
    guard let ledger, !named.isEmpty else { return }
    let known = try await ledger.auditedAttempts(named.map(\.attempt))
    for (attempt, line) in named {
      attempts.take(attempt, known[attempt], at: AuditLine(String(decoding: line, as: UTF8.self))?.emittedAt)
    }
  }

  private mutating func countLost(_ line: ArraySlice<UInt8>) {
    // Most rows need no parsing: the event type follows the time, whose length varies.
    let moment = line.dropFirst(AuditTrail.beginning.utf8.count).prefix(40)
    guard let end = moment.firstIndex(of: UInt8(ascii: "\"")), line[end...].starts(with: AuditTrail.gapSeam) else {
      return
    }
    lost += AuditLine(String(decoding: line, as: UTF8.self))?.lostCount ?? 0
  }

  private static let beginning = #"{"emitted_at":""#
  private static let gapSeam = Array(#"","seam":"\#(AuditSeam.rowsLost)""#.utf8)
}
