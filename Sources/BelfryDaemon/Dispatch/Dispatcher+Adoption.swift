// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryLedger
internal import BelfryTransport

// What follows when another configuration takes over while deliveries are under way.
extension Dispatcher {
  /// Goes on with other channels: what is under way ends as it began, and the rest follows the new ones.
  ///
  /// Those in `unchanged` are what they were, and keep their circuits and pace; the others get the benefit of the doubt when
  /// they failed before.
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
      let new = Lane(channel, isDryRun: rules.isDryRun)
      lanes[name] = lanes[name]?.adopting(new, mendedAt: unchanged.contains(name) ? nil : now) ?? new
    }
    // It waits in the ledger, which may have another channel for it now.
    await giveBack { lane, _ in lane.drain() }
    await clearGone()
    do { try await buryOrphans() } catch { reporter.ledgerFailed(error) }
    signal.raise()
  }

  /// What was leased for a channel that left the file meanwhile goes where all goes that no channel can deliver.
  func clearGone() async {
    let gone = lanes.keys.filter { channels[$0] == nil }.sorted()
    guard !gone.isEmpty else { return }
    let isWaiting = gone.contains { lanes[$0]?.queue.isEmpty == false }
    await giveBack(of: gone) { lane, _ in lane.drain() }
    for name in gone where lanes[name]?.isIdle == true { lanes[name] = nil }
    guard isWaiting else { return }
    do { try await buryOrphans() } catch { reporter.ledgerFailed(error) }
  }
}
