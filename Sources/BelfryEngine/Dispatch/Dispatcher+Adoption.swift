// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
internal import BelfryLedger
internal import BelfryTransport

// Applies a new configuration while deliveries are running.
extension Dispatcher {
  /// Continues with other channels: running attempts end as they started, and the rest uses the new ones.
  ///
  /// Channels in `unchanged` keep their circuits and pace; the others are assumed to work even if they failed before.
  package func adopt(_ configuration: Configuration, unchanged: Set<ChannelName>) async {
    channels = configuration.channels
    rules = AttemptRules(
      configuration,
      backoff: rules.backoff,
      isDryRun: rules.isDryRun,
      linkKey: rules.linkKey
    )
    let now = time.now()
    for (name, channel) in channels {
      let new = ChannelQueue(channel, isDryRun: rules.isDryRun)
      queues[name] = queues[name]?.adopting(new, mendedAt: unchanged.contains(name) ? nil : now) ?? new
    }
    // It waits in the ledger, which may have another channel for it now.
    await giveBack { queue, _ in queue.drain() }
    await clearGone()
    do { try await buryOrphans() } catch { reporter.ledgerFailed(error) }
    signal.raise()
  }

  /// Returns deliveries of channels that were removed from the file, which then become dead letters.
  func clearGone() async {
    let gone = queues.keys.filter { channels[$0] == nil }.sorted()
    guard !gone.isEmpty else { return }
    let isWaiting = gone.contains { queues[$0]?.queue.isEmpty == false }
    await giveBack(of: gone) { queue, _ in queue.drain() }
    for name in gone where queues[name]?.isIdle == true { queues[name] = nil }
    guard isWaiting else { return }
    do { try await buryOrphans() } catch { reporter.ledgerFailed(error) }
  }
}
