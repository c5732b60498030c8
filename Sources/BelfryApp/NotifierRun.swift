// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryTransport
internal import ServiceLifecycle

/// A notifier that is ready for its first cycle: the ledger has taken over the configuration.
struct NotifierRun {
  let app: App
  let watches: [SourceWatch]
  let alarms: ChannelAlarms
  /// Attempts that the ledger settled, and whose rows the audit log lacks: the last process was killed in between.
  private let unaudited: [AuditedAttempt]

  /// Does what happens once at a start.
  init(_ app: App) async throws {
    let configuration = app.configuration
    let start = Start(configuration: configuration, ledger: app.ledger, policy: app.policy, console: app.console)
    let audit = AuditStart(ledger: app.ledger, console: app.console)
    if !app.isDryRun, case .file = configuration.state { try await audit.compare(with: configuration.audit.path) }
    self.app = app
    unaudited = try await audit.unaudited()
    watches = try await start.watches(configuration.sources, at: app.time.now())
    try await app.reloader.begin()
    alarms = try await start.alarms()
  }

  /// Writes the audit rows that the last process did not.
  func restoreAudit() async { await app.audit.restore(unaudited, in: app.configuration.audit.path) }

  /// The notifier's services, in the order of their start; the last one stops first.
  ///
  /// - Parameters:
  ///   - file: The file that is watched for changes; nil for none.
  ///   - reloadsOnSignal: Whether SIGHUP reads it again.
  /// - Returns: the services.
  func services(following file: String?, reloadsOnSignal: Bool) -> [any Service] {
    let alarm = AuditAlarm(ledger: app.ledger, notifier: app.notifier, time: app.time)
    return (app.exporter.map { exporter in [Loop { await exporter.run() }] } ?? [])
      + [
        Loop {
          await restoreAudit()
          await app.audit.run { try await alarm.judge($0) }
        },
        Loop { try await app.dispatcher.run() },
        Loop { await app.notifier.run(watches, alarms: alarms) },
      ] + app.followers(of: file, reloadsOnSignal: reloadsOnSignal)
  }
}
