// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// The ledger's unfinished work: the active alerts, and the deliveries that are pending or dead.
///
/// The cost of reading it depends only on the unfinished work, not on what the ledger keeps of the past.
package struct Backlog: Sendable, Hashable {
  /// Active alerts by status.
  package var standings: [AlertRecord.Standing: Int] = [:]
  /// The channels that have pending or dead deliveries.
  package var channels: [ChannelName: Channel] = [:]

  package struct Channel: Sendable, Hashable {
    package var pending = 0
    /// Dead letters.
    package var dead = 0
    /// When the oldest pending delivery was created.
    package var oldestPending: Instant?
    package init() {}
  }

  package init() {}
}
