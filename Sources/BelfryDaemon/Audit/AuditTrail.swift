// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryTransport

/// What going through the whole audit log found.
package struct AuditTrail: Sendable {
  package var chain: ChainCheck
  /// How many rows it says were never written, for want of room.
  package var lost = 0

  package init(chain: ChainCheck) { self.chain = chain }

  /// Reads all files of a log, also while it is written to.
  ///
  /// - Throws: when one of them cannot be read.
  package static func read(_ log: String) async throws(TransportFailure) -> AuditTrail {
    // The note first: the log may have more than it by the time that it is read, but never less.
    var trail = AuditTrail(chain: ChainCheck(written: LogFiles.end(of: log)?.end))
    var reader = AuditReader(path: log)
    while let piece = try await reader.readPiece() {
      for (index, line) in piece.lines.enumerated() {
        trail.chain.take(line, at: ChainCheck.Place(file: piece.file, line: piece.firstLine + index))
        trail.countLost(line)
      }
    }
    trail.chain.finish()
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
