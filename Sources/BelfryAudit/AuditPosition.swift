// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A reading position in an audit log that can be stored as text: a run that continues from it neither repeats nor
/// skips a row.
///
/// It identifies the file by device and inode, because rotation renames it.
package struct AuditPosition: Sendable, Hashable, CustomStringConvertible {
  /// The beginning of all cursor names about the log.
  package static let prefix = "audit."
  /// The cursor name under which the ledger stores the log's last row.
  package static let ledgerMark = "audit.end"
  /// The cursor name under which the ledger stores that the log began again without its earlier rows.
  package static let restartMark = "audit.restarted"

  let device: UInt64
  let inode: UInt64
  /// The offset of the next row.
  let offset: UInt64

  func isSameFile(as other: AuditPosition?) -> Bool { device == other?.device && inode == other?.inode }
  func moved(to offset: UInt64) -> AuditPosition { AuditPosition(device: device, inode: inode, offset: offset) }

  package var description: String { "\(device):\(inode):\(offset)" }

  init(device: UInt64, inode: UInt64, offset: UInt64) {
    self.device = device
    self.inode = inode
    self.offset = offset
  }

  /// Reads the output of `description`.
  ///
  /// - Returns: nil for any other text.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt64($0) }
    guard parts.count == 3, let device = parts[0], let inode = parts[1], let offset = parts[2] else { return nil }
    self.init(device: device, inode: inode, offset: offset)
  }
}
