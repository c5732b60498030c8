// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

extension LedgerError {
  /// Translates SQLite's error, with a way to fix it; the path is nil for a ledger in memory.
  init(_ error: DatabaseError, path: String?) {
    guard let path else {
      self.init(inMemory: error)
      return
    }
    let said = error.message ?? "no reason given"
    switch error.resultCode {
    case .SQLITE_NOTADB:
      self = .notALedger(path, "it is not an SQLite database")
    case .SQLITE_CORRUPT:
      self.init(
        .corrupt,
        "The ledger \(path) is damaged: \(said).",
        remedy: """
          When it starts, `belfry run` saves every readable row and keeps the damaged file beside the ledger. If \
          `belfry run` itself reports this: stop it, move the file, its -wal and its -shm away, and start it again with an \
          empty ledger. To recover data from the old file: sqlite3 OLD .recover.
          """
      )
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self.init(
        .busy,
        "The ledger \(path) was locked by another process for half a minute.",
        remedy: "Find the process that has it open (fuser \(path)), and stop it if it hangs."
      )
    case .SQLITE_FULL:
      self = .full(path)
    case .SQLITE_IOERR:
      self.init(
        .inputOutput,
        "Reading or writing the ledger \(path) failed: \(said).",
        remedy: "Check the system log for disk errors."
      )
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH:
      self = .cannotOpen(path, said)
    case .SQLITE_MISUSE:
      self.init(.closed, "The ledger \(path) is closed.", remedy: "Open it again.")
    default:
      self.init(.other, "The ledger \(path): \(said) (\(error.extendedResultCode)).", remedy: "Please report this.")
    }
  }

  private init(inMemory error: DatabaseError) {
    let said = error.message ?? "no reason given"
    switch error.resultCode {
    case .SQLITE_NOMEM, .SQLITE_FULL:
      self.init(
        .full,
        "No memory left for the ledger.",
        remedy: "Set \"state\" in channels.json to a file, or give Belfry more memory."
      )
    default:
      self.init(.other, "The ledger in memory: \(said) (\(error.extendedResultCode)).", remedy: "Please report this.")
    }
  }

  static func notALedger(_ path: String, _ why: String) -> LedgerError {
    LedgerError(
      .notALedger,
      "\(path) is not a Belfry ledger: \(why). It was not changed.",
      remedy: "Set \"state\" in channels.json to another file, or move this one away."
    )
  }

  static func newerVersion(_ path: String, _ version: Int) -> LedgerError {
    LedgerError(
      .newerVersion,
      "The ledger \(path) has version \(version); this Belfry supports up to \(SQLiteSchema.version). It was not changed.",
      remedy: "Run the Belfry that wrote it, or set \"state\" in channels.json to another file."
    )
  }

  static func olderVersion(_ path: String, _ version: Int) -> LedgerError {
    LedgerError(
      .olderVersion,
      "The ledger \(path) has version \(version); this Belfry reads versions from \(OlderLedger.oldest). It was not changed.",
      remedy:
        "Start a Belfry of before once, which brings it up to date, or set \"state\" in channels.json to another file."
    )
  }

  /// The error for an older file that a running notifier is using: it could not write the newer form.
  static func olderInUse(_ path: String, by process: Int32?) -> LedgerError {
    LedgerError(
      .inUse,
      "An older `belfry run` (\(process.map { "process \($0)" } ?? "another process")) is using the ledger \(path), which this Belfry has to bring up to date first.",
      remedy: "Restart it with this Belfry."
    )
  }

  /// The error for a file that an older Belfry created: it can only be compacted as a whole.
  static func notInSteps(_ path: String, by process: Int32?) -> LedgerError {
    LedgerError(
      .inUse,
      "The ledger \(path) was created by an older Belfry, so its space cannot be given back while \(process.map { "process \($0)" } ?? "a notifier") uses it.",
      remedy: "Stop `belfry run`, run `belfry compact`, and start it again. This is needed once."
    )
  }

  /// The error for a file with a second name: SQLite would keep a separate WAL for each name, and each would overwrite
  /// the other's commits.
  static func secondName(_ path: String) -> LedgerError {
    LedgerError(
      .cannotOpen,
      "The ledger \(path) has a second name (a hard link). Two processes that use different names would destroy it.",
      remedy: "Remove the other name (find FOLDER -samefile \(path)); copy a ledger with: sqlite3 \(path) .backup COPY."
    )
  }

  /// The error for a replaced file: everything written to it would be lost at the next start.
  static func replaced(_ path: String) -> LedgerError {
    LedgerError(
      .replaced,
      "The ledger file \(path) was deleted or replaced while Belfry was running: it can no longer be written.",
      remedy:
        "Put the file back with its -wal, or restart Belfry: it then uses the file that is there."
    )
  }

  static func full(_ path: String) -> LedgerError {
    LedgerError(
      .full,
      "No space left for the ledger \(path).",
      remedy: "Free space on its disk; Belfry then continues by itself."
    )
  }

  static func notifierElsewhere(_ path: String, _ process: Int32?) -> LedgerError {
    LedgerError(
      .replaced,
      "The running notifier\(process.map { " (process \($0))" } ?? "") has a different file open than \(path), which was deleted or replaced.",
      remedy:
        "Put the file back with its -wal, or restart the notifier: it then uses the file that is there."
    )
  }

  static func cannotOpen(_ path: String, _ why: String) -> LedgerError {
    LedgerError(
      .cannotOpen,
      "The ledger \(path) cannot be opened: \(why).",
      remedy: "Check the owner and mode of the file and its folder, or set \"state\" to another file."
    )
  }

  static func inUse(_ path: String, by process: Int32?) -> LedgerError {
    let holder = process.map { "process \($0)" } ?? "another process"
    return LedgerError(
      .inUse,
      "Another `belfry run` (\(holder)) is using the ledger \(path).",
      remedy: "Stop it first, or set \"state\" in channels.json to another file."
    )
  }
}
