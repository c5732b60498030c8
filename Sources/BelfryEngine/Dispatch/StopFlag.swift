// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// An event that happens once and stays set.
final class StopFlag: Sendable {
  private let value = Atomic(false)
  var isRaised: Bool { value.load(ordering: .acquiring) }
  func raise() { value.store(true, ordering: .releasing) }
}
