// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryOperations
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

  /// Ends the command with exit status 1 when there is no ledger yet, and so nothing to act on.
  ///
  /// - Throws: when there is none any more, though a notifier runs.
  static func requireLedger(_ configuration: Configuration) throws {
    let path = try sharedLedger(configuration)
    guard !FileManager.default.fileExists(atPath: path) else { return }
    if let trouble = SQLiteLedger.missing(at: path) { throw trouble }
    Output.errorText(noLedger(configuration))
    throw ExitStatus.badNews
  }

  /// Reads from the ledger, and closes it.
  static func asking<Answer>(
    _ configuration: Configuration,
    _ question: (any Ledger) async throws -> Answer
  ) async throws -> Answer {
    let ledger = try await Ground.open(configuration.state, .guest, SystemTime())
    do {
      let answer = try await question(ledger)
      try await ledger.close()
      return answer
    } catch {
      try await ledger.close()
      throw error
    }
  }

  /// Acts beside the notifier, and ends with what was done delivered and audited; `print` takes the lines of the log.
  static func acting<Answer>(
    _ configuration: Configuration,
    print: @escaping @Sendable (String) -> Void = { Output.error(PrintedText($0)) },
    _ act: (App) async throws -> Answer
  ) async throws -> Answer {
    let app = try await App.build(configuration, App.Options(print: print))
    do {
      let answer = try await act(app)
      try await app.close()
      return answer
    } catch {
      try await app.close()
      throw error
    }
  }

  /// The actions of a command that runs beside the notifier: it delivers what it decides.
  var operations: Operations {
    operations(LedgerEngine(ledger: ledger, sender: .init(dispatcher, tally)) { [policy] in policy }) {
      [configuration] in configuration
    }
  }

  /// The actions by this engine and configuration.
  func operations(
    _ engine: any Engine,
    console: Console? = nil,
    configuration: @escaping @Sendable () -> Configuration
  ) -> Operations {
    Operations(
      ledger: ledger,
      engine: engine,
      carrier: transport,
      audit: audit,
      time: time,
      console: console,
      configuration: configuration
    )
  }

  /// What to say when there is no ledger yet.
  static func noLedger(_ configuration: Configuration) -> String {
    let path = if case .file(let path) = configuration.state { path } else { "memory" }
    return "Nothing was seen yet: there is no \(path). `belfry run` makes it when it first looks at the sources."
  }
}
