// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryLedger
internal import BelfryTransport

/// What going through the whole audit log found.
package struct AuditTrail: Sendable {
  package var chain: ChainCheck
  /// How many rows it says were never written, for want of room.
  package var lost = 0

  /// What the ledger has lost that it had kept when rows of the log were written; nil when nothing.
  package var loss: LedgerLoss?

  package init(chain: ChainCheck) { self.chain = chain }

  /// Whether the log is as it was written, and the ledger has all that it had then.
  package var isGood: Bool { chain.isGood && loss == nil }

  /// Reads all files of a log, also while it is written to.
  ///
  /// - Parameters:
  ///   - log: The path of the file that is written to.
  ///   - ledger: What vouches for the log, and the log for it; nil when there is none: if there was one, it is gone.
  ///   - anchors: Rows that were noted elsewhere.
  /// - Returns: what was found.
  /// - Throws: when one of them, or the ledger, cannot be read.
  package static func read(
    _ log: String,
    beside ledger: (any Ledger)? = nil,
    anchors: [ChainEnd] = []
  ) async throws -> AuditTrail {
    // The notes first: the log and the ledger may have more than them by the time that they are read, but never less.
    let note = LogFiles.end(of: log)
    let kept = try await ledger?.marks(beginning: AuditMark.ledgerMark)[AuditMark.ledgerMark]
    let known = anchors + [kept.flatMap(ChainEnd.init(text:))].compactMap(\.self)
    var trail = AuditTrail(chain: ChainCheck(written: note?.end, anchors: known))
    trail.loss = note?.ledger?.loss(now: try await ledger?.position())
    var reader = AuditReader(path: log)
    while let piece = try await reader.readPiece() {
      for (index, line) in piece.lines.enumerated() {
        trail.chain.take(line, at: ChainCheck.Place(file: piece.file, line: piece.firstLine + index))
        trail.countLost(line)
      }
    }
    let latest = LogFiles.end(of: log)
    trail.chain.finish(latest: [latest?.end, latest?.next].compactMap(\.self), front: latest?.front)
    return trail
  }

  private mutating func countLost(_ line: ArraySlice<UInt8>) {
    // Most rows need not be parsed: the seam stands behind the moment, which is not always as long.
    let moment = line.dropFirst(AuditTrail.beginning.utf8.count).prefix(40)
    guard let end = moment.firstIndex(of: UInt8(ascii: "\"")), line[end...].starts(with: AuditTrail.gapSeam) else {
      return
    }
    lost += AuditLine(String(decoding: line, as: UTF8.self))?.lostCount ?? 0
  }

  private static let beginning = #"{"emitted_at":""#
  private static let gapSeam = Array(#"","seam":"\#(AuditSeam.rowsLost)""#.utf8)
}
