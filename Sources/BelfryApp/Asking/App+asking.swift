// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryTransport
internal import Foundation

extension App {
  /// The path of the ledger, for a command that asks it or tells it something beside the notifier.
  ///
  /// - Throws: `CommandFailure` when the state is in the notifier's memory, where no other program sees it.
  static func sharedLedger(_ configuration: Configuration) throws -> String {
    guard case .file(let path) = configuration.state else {
      throw CommandFailure(
        """
        "state" is "memory": what was decided is in the memory of the running notifier, where no other program can \
        see or change it. Name a file, such as "state": "var/belfry.db", and start the notifier again.
        """
      )
    }
    return path
  }

  /// Opens the ledger to ask it; nil when there is none yet.
  ///
  /// - Throws: when there is none any more, though a notifier runs.
  static func openExisting(_ configuration: Configuration) async throws -> (any Ledger)? {
    let path = try sharedLedger(configuration)
    guard FileManager.default.fileExists(atPath: path) else {
      if let trouble = SQLiteLedger.missing(at: path) { throw trouble }
      return nil
    }
    return try await Ground.open(configuration.state, .guest, SystemTime())
  }

  /// What to say when there is no ledger yet.
  static func noLedger(_ configuration: Configuration) -> String {
    let path = if case .file(let path) = configuration.state { path } else { "memory" }
    return "Nothing was seen yet: there is no \(path). `belfry run` makes it when it first looks at the sources."
  }
}
