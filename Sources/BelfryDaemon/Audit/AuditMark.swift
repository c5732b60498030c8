// SPDX-License-Identifier: Apache-2.0

/// How far an audit log was read, to be kept as text: a run that begins there neither repeats a row nor leaves one out.
///
/// It names the file by device and inode, as rotation gives it another name.
package struct AuditMark: Sendable, Hashable, CustomStringConvertible {
  /// Under which name the ledger keeps the log's last row.
  static let ledgerMark = "audit.end"

  let device: UInt64
  let inode: UInt64
  /// Where the next row begins.
  let offset: UInt64

  func isSameFile(as other: AuditMark?) -> Bool { device == other?.device && inode == other?.inode }
  func moved(to offset: UInt64) -> AuditMark { AuditMark(device: device, inode: inode, offset: offset) }

  package var description: String { "\(device):\(inode):\(offset)" }

  init(device: UInt64, inode: UInt64, offset: UInt64) {
    self.device = device
    self.inode = inode
    self.offset = offset
  }

  /// Reads what `description` gave.
  ///
  /// - Returns: nil for any other text.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt64($0) }
    guard parts.count == 3, let device = parts[0], let inode = parts[1], let offset = parts[2] else { return nil }
    self.init(device: device, inode: inode, offset: offset)
  }
}
