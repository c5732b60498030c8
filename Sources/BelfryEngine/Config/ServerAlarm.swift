// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryLedger
internal import BelfryPolicy
package import BelfryTransport

/// Belfry's own alert while its server cannot listen.
///
/// Other sources still notify in the meantime, so that not only pushers notice.
package actor ServerAlarm {
  private let ledger: any DecisionStore
  private let notifier: Notifier
  private let time: any TimeSource
  /// Nil until the ledger has been read.
  private var isActive: Bool?

  /// The alert's key.
  package static let key = AlertKey(source: .belfry, id: "server")

  package init(ledger: any DecisionStore, notifier: Notifier, time: any TimeSource) {
    self.ledger = ledger
    self.notifier = notifier
    self.time = time
  }

  /// Fires the alert: the server cannot listen, for this reason.
  package func fire(_ reason: String) async throws {
    guard try await !isKnown() else { return }
    try await notifier.ingest([.fired(alert(reason))])
    isActive = true
  }

  /// Resolves the alert: the server listens, or is no longer configured.
  package func end() async throws {
    guard try await isKnown() else { return }
    try await notifier.ingest([.resolved(ServerAlarm.key)])
    isActive = false
  }

  private func isKnown() async throws -> Bool {
    if let isActive { return isActive }
    let known = try await ledger.record(of: ServerAlarm.key)?.isActive == true
    isActive = known
    return known
  }

  private func alert(_ reason: String) -> Alert {
    Alert(
      source: .belfry,
      id: ServerAlarm.key.id,
      severity: .critical,
      category: "server_down",
      title: "Belfry's HTTP server cannot start",
      detail: reason
        + " Until this is fixed, alerts cannot be pushed and the cockpit is unreachable. Belfry keeps retrying.",
      firstSeen: time.now().iso8601
    )
  }
}
