// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryTransport
internal import Foundation

extension App {
  /// The path of the ledger, for a command that runs beside the notifier.
  ///
  /// - Throws: `CommandFailure` if the state is in the notifier's memory, which other programs cannot read.
  static func sharedLedger(_ configuration: Configuration) throws -> String {
    guard case .file(let path) = configuration.state else {
      throw CommandFailure(
        """
        "state" is "memory": the ledger is in the memory of the running notifier, where no other program can read or \
        change it. Set "state" to a file, such as "state": "var/belfry.db", and restart the notifier.
        """
      )
    }
    return path
  }

  /// Opens the ledger for reading; nil if there is none yet.
  ///
  /// - Throws: if there is none any more although a notifier is running.
  static func openExisting(_ configuration: Configuration) async throws -> (any Ledger)? {
    let path = try sharedLedger(configuration)
    guard FileManager.default.fileExists(atPath: path) else {
      if let trouble = SQLiteLedger.missing(at: path) { throw trouble }
      return nil
    }
    return try await Components.open(configuration.state, .guest, SystemTime())
  }

  /// Ends the command with exit status 1 if there is no ledger yet, and so nothing to act on.
  ///
  /// - Throws: if there is none any more although a notifier is running.
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
    let ledger = try await Components.open(configuration.state, .guest, SystemTime())
    do {
      let answer = try await question(ledger)
      try await ledger.close()
      return answer
    } catch {
      try await ledger.close()
      throw error
    }
  }

  /// Performs an action beside the notifier, and ends once its results are delivered and audited; `print` receives the
  /// log lines.
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

  /// The actions of a command beside the notifier, which delivers what it decides.
  var operations: Operations {
    operations(LedgerEngine(ledger: ledger, sender: .init(dispatcher, tally)) { [policy] in policy }) {
      [configuration] in configuration
    }
  }

  /// The actions with this engine and configuration.
  func operations(
    _ engine: any Engine,
    console: Console? = nil,
    configuration: @escaping @Sendable () -> Configuration
  ) -> Operations {
    Operations(
      ledger: ledger,
      engine: engine,
      transport: transport,
      audit: audit,
      time: time,
      console: console,
      configuration: configuration
    )
  }

  /// The message if there is no ledger yet.
  static func noLedger(_ configuration: Configuration) -> String {
    let path = if case .file(let path) = configuration.state { path } else { "memory" }
    return "No data yet: \(path) does not exist. `belfry run` creates it."
  }
}
