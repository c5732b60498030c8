// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger

extension App {
  /// The tools that work on this ledger.
  func tools(
    _ configuration: @escaping @Sendable () -> Configuration,
    ingest: @escaping @Sendable ([Event], Policy) async throws -> Void
  ) -> AlertTools {
    AlertTools(
      ledger: ledger,
      carrier: transport,
      audit: audit,
      time: time,
      configuration: configuration,
      ingest: { try await ingest($0, Policy(rules: configuration().rules)) }
    )
  }

  /// Those of the notifier itself.
  var ownTools: AlertTools {
    tools({ [inForce] in inForce.current }) { [notifier, bell] events, _ in
      try await notifier.ingest(events)
      bell.raise()
    }
  }
}
