// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What the ledger holds that is not over: the active alerts, and the deliveries that wait or were given up.
///
/// To ask for it takes as long as there is of that, however much the ledger keeps of what is over.
package struct Backlog: Sendable, Hashable {
  /// Active alerts by how they stand.
  package var standings: [AlertRecord.Standing: Int] = [:]
  /// The channels that have any such deliveries.
  package var channels: [ChannelName: Channel] = [:]

  package struct Channel: Sendable, Hashable {
    package var pending = 0
    /// Dead letters.
    package var dead = 0
    /// When the oldest of those that are pending was made.
    package var oldestPending: Instant?
    package init() {}
  }

  package init() {}
}
