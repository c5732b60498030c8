// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryConfiguration
package import BelfryLedger
internal import BelfryPolicy
package import BelfryTransport

/// Replaces the configuration in force between two cycles.
///
/// Timers, cooldowns and waiting alerts stay in the ledger, and unchanged sources and channels are not disturbed.
package struct ConfigurationChange: Sendable {
  private let notifier: Notifier
  private let dispatcher: Dispatcher
  private let ledger: any DecisionStore
  private let live: CurrentValue<Configuration>
  private let time: any TimeSource
  private let console: Console

  package init(
    notifier: Notifier,
    dispatcher: Dispatcher,
    ledger: any DecisionStore,
    live: CurrentValue<Configuration>,
    time: any TimeSource,
    console: Console
  ) {
    self.notifier = notifier
    self.dispatcher = dispatcher
    self.ledger = ledger
    self.live = live
    self.time = time
    self.console = console
  }

  /// Returns once the configuration is in force.
  ///
  /// - Throws: the ledger's error, in which case the old configuration stays in force; `FailedRollback` if the ledger
  ///   could not be set back to it; `CancellationError` if the notifier stops first.
  package func run(_ new: Configuration) async throws {
    try await notifier.exchange { watches in
      var next = watches
      try await notifier.policy.change { old in
        let policy = Policy(rules: new.rules)
        do {
          next = try await sources(of: new, policy, instead: watches)
        } catch {
          throw await failure(error, restoring: old)
        }
        await dispatcher.adopt(new, unchanged: unchangedChannels(new))
        await live.change { _ in new }
        return policy
      }
      return next
    }
  }

  /// Sets the ledger back to the old policy, because it may already have applied part of the new one.
  ///
  /// - Returns: the error to throw.
  private func failure(_ error: any Error, restoring old: Policy) async -> any Error {
    do {
      try await ledger.adopt(policy: old)
      return error
    } catch let other {
      return FailedRollback(cause: error, failure: other)
    }
  }

  private func sources(
    of new: Configuration,
    _ policy: Policy,
    instead old: [SourceWatch]
  ) async throws -> [SourceWatch] {
    let start = Start(configuration: new, ledger: ledger, policy: policy, console: console)
    let prints = live.current.prints
    return try await start.watches(new.sources, at: time.now()).map { watch in
      let name = watch.source.name
      let known = old.first { $0.source.name == name && $0.every == watch.every }
      return new.prints.agree(with: prints, on: "sources.\(name.name)") ? known ?? watch : watch
    }
  }

  private func unchangedChannels(_ new: Configuration) -> Set<ChannelName> {
    let prints = live.current.prints
    return Set(new.channels.keys.filter { new.prints.agree(with: prints, on: "channels.\($0.name)") })
  }
}

/// A configuration could not be applied, and then the ledger could not be set back to the one in force.
///
/// Until the next reload or start the ledger may have the digests' times of the rejected one.
package struct FailedRollback: Error, CustomStringConvertible {
  /// The reason why the new configuration could not be applied.
  package let cause: any Error
  /// The reason why the old one could not be restored.
  package let failure: any Error

  package var description: String {
    "\(cause). The ledger could not be set back to the configuration in force either (\(failure)): "
      + "until the next reload or start, digests may be sent at the new times"
  }
}
