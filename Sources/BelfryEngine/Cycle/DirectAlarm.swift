// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryConfiguration
package import BelfryLedger
internal import BelfryPolicy
package import BelfryTransport

/// Notifies people that nothing can be stored any more, bypassing the ledger.
///
/// It is sent at once and without retries to the channels that a critical alert of Belfry's own would be routed to. It
/// is the only notification that is not in the ledger.
package actor DirectAlarm {
  private let configuration: CurrentValue<Configuration>
  private let transport: any Transport
  private let time: any TimeSource
  private let audit: AuditLog
  private let console: Console
  /// The last error that was sent, and when.
  private var last: (code: LedgerError.Code, at: Instant)?

  /// The same error is sent again after this time.
  private static let spacing = Duration.seconds(3_600)

  package init(
    configuration: CurrentValue<Configuration>,
    transport: any Transport,
    time: any TimeSource,
    audit: AuditLog,
    console: Console
  ) {
    self.configuration = configuration
    self.transport = transport
    self.time = time
    self.audit = audit
    self.console = console
  }

  /// Sends it, unless the same was sent within the hour.
  package func notify(about trouble: LedgerError) async {
    let now = time.now()
    if let last, last.code == trouble.code, now - last.at < DirectAlarm.spacing { return }
    last = (trouble.code, now)
    let configuration = configuration.current
    let alert = DirectAlarm.alert(trouble, at: now)
    let tester = ChannelTester(transport: transport, configuration: configuration, time: time, audit: audit)
    await withTaskGroup(of: ChannelTester.Result.self) { group in
      for channel in DirectAlarm.channels(for: alert, configuration, at: now) {
        group.addTask {
          await tester.send(.alert(alert), to: channel, because: "sent directly, because the ledger cannot be written")
        }
      }
      for await result in group { report(result) }
    }
  }

  private func report(_ result: ChannelTester.Result) {
    if let error = result.error {
      console.fail(
        "ledger: \(result.channel) could not be notified: \(error.clause)",
        .topic(.ledger),
        .channel(result.channel)
      )
    } else {
      console.say("ledger: notified \(result.channel)", .topic(.ledger), .channel(result.channel))
    }
  }

  /// The channels of the routes that take it; all channels if none does.
  private static func channels(
    for alert: Alert,
    _ configuration: Configuration,
    at now: Instant
  ) -> [ConfiguredChannel] {
    let steps = Policy(rules: configuration.rules).explain(alert, at: now).steps
    let named = Set(steps.filter(\.isTaken).flatMap(\.channels))
    let channels = configuration.channels.values.filter { named.isEmpty || named.contains($0.name) }
    return channels.sorted { $0.name < $1.name }
  }

  private static func alert(_ trouble: LedgerError, at now: Instant) -> Alert {
    Alert(
      source: .belfry,
      id: "ledger",
      severity: .critical,
      category: "ledger_failing",
      title: "Belfry cannot write to its ledger",
      detail: "\(trouble) Until this is fixed, pushes are refused with 503 and new alerts are not sent.",
      firstSeen: now.iso8601
    )
  }
}
