// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension AlertRecord {
  /// How an alert stands, by its record alone: exactly one of these is true of it at every moment.
  package enum Standing: Int, Sendable, Hashable, CaseIterable {
    /// It is not active.
    case ended = 0
    /// Someone was told, or a delivery is on its way that tells it.
    case told = 1
    /// It waits in a list, for a moment that is known.
    case waiting = 2
    /// A silence, quiet hours or an inhibition keeps it back.
    case muted = 3
    /// A rule says that it is told to nobody.
    case dropped = 4
    /// None of these: an error in Belfry, which `belfry audit verify` shows.
    case lost = 5

    package var name: String { String(describing: self) }
  }

  /// What is most to the point: that it was told, else why not.
  package var standing: Standing {
    guard isActive else { return .ended }
    if firstTold != nil { return .told }
    if !waits.isEmpty { return waits.allSatisfy(\.hold.isMute) ? .muted : .waiting }
    return dropped == nil ? .lost : .dropped
  }
}
