// SPDX-License-Identifier: Apache-2.0
internal import GRDB

/// What belongs to a ledger in a file, and what one in memory does without: a path, other processes, a disk, damage.
struct OpenFile: Sendable {
  let pool: DatabasePool
  let path: String
  let role: ProcessRole
  let presence: SQLitePresence
  let turn: WriterTurn
  let health: FileHealth
  let salvage: Salvage

  /// The reason why nothing can be stored now; nil if it can.
  var trouble: LedgerError? {
    if let trouble = health.trouble { return trouble }
    guard role == .guest else { return nil }
    if presence.isNotifierElsewhere { return .notifierElsewhere(path, presence.notifier) }
    return health.isDiskFull ? .full(path) : nil
  }
}
