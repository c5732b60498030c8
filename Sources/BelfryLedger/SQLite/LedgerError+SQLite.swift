// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

extension LedgerError {
  /// Translates SQLite's error about the file, with a way to fix it.
  init(_ error: DatabaseError, path: String) {
    let said = error.message ?? "no reason given"
    switch error.resultCode {
    case .SQLITE_NOTADB:
      self = .notALedger(path, "it is not an SQLite database")
    case .SQLITE_CORRUPT:
      self.init(
        .corrupt,
        "The ledger \(path) is damaged: \(said).",
        remedy: """
          `belfry run` saves every row that can be read when it starts, and keeps the damaged file beside the ledger. Where it \
          says this itself: stop Belfry, move the file aside together with its -wal and -shm, and start again: it begins with an empty ledger. \
          What can be saved of the old one: sqlite3 OLD .recover.
          """
      )
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self.init(
        .busy,
        "The ledger \(path) was locked by another process for half a minute.",
        remedy: "Look who holds it open (fuser \(path)), and end what hangs."
      )
    case .SQLITE_FULL:
      self = .full(path)
    case .SQLITE_IOERR:
      self.init(
        .inputOutput,
        "Reading or writing the ledger \(path) failed: \(said).",
        remedy: "Look for errors of its disk in the system's log."
      )
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH:
      self = .cannotOpen(path, said)
    case .SQLITE_MISUSE:
      self.init(.closed, "The ledger \(path) is closed.", remedy: "Open it anew.")
    default:
      self.init(.other, "The ledger \(path): \(said) (\(error.extendedResultCode)).", remedy: "Please report this.")
    }
  }

  static func notALedger(_ path: String, _ why: String) -> LedgerError {
    LedgerError(
      .notALedger,
      "\(path) is no ledger of Belfry's: \(why). It was left as it is.",
      remedy: "Name another file as \"state\" in channels.json, or move this one away."
    )
  }

  static func newerVersion(_ path: String, _ version: Int) -> LedgerError {
    LedgerError(
      .newerVersion,
      "The ledger \(path) has version \(version); this Belfry knows up to \(SQLiteSchema.version). It was left as it is.",
      remedy: "Run the Belfry that wrote it, or name another file as \"state\" in channels.json."
    )
  }

  /// The error for a file with a second name: SQLite would keep a separate WAL for each name, and each would overwrite
  /// the other's commits.
  static func secondName(_ path: String) -> LedgerError {
    LedgerError(
      .cannotOpen,
      "The ledger \(path) has a second name, a hard link: two processes that use it by different names would destroy it.",
      remedy: "Remove the other name (find FOLDER -samefile \(path)); copy a ledger with: sqlite3 \(path) .backup COPY."
    )
  }

  /// The error for a replaced file: everything written to it would be lost at the next start.
  static func replaced(_ path: String) -> LedgerError {
    LedgerError(
      .replaced,
      "The ledger's file \(path) was deleted or replaced while Belfry runs: nothing can be kept in it any more.",
      remedy:
        "Put the file back with its -wal, or stop Belfry and start it again: it goes on with the file that is there then."
    )
  }

  static func full(_ path: String) -> LedgerError {
    LedgerError(
      .full,
      "No room is left for the ledger \(path).",
      remedy: "Make room on its disk; Belfry goes on by itself."
    )
  }

  static func notifierElsewhere(_ path: String, _ process: Int32?) -> LedgerError {
    LedgerError(
      .replaced,
      "The running notifier\(process.map { " (process \($0))" } ?? "") has another file open than \(path): that was deleted or replaced.",
      remedy:
        "Put the file back with its -wal, or stop the notifier and start it again: it goes on with the file that is there then."
    )
  }

  static func cannotOpen(_ path: String, _ why: String) -> LedgerError {
    LedgerError(
      .cannotOpen,
      "The ledger \(path) cannot be opened: \(why).",
      remedy: "Look at the owner and the mode of the file and its folder, or name another file as \"state\"."
    )
  }

  static func inUse(_ path: String, by process: Int32?) -> LedgerError {
    let holder = process.map { "process \($0)" } ?? "another process"
    return LedgerError(
      .inUse,
      "Another `belfry run` (\(holder)) delivers what is in the ledger \(path).",
      remedy: "One is enough. Stop it first, or name another file as \"state\" in channels.json."
    )
  }
}
