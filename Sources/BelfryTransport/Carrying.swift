// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What carries out what the channels composed: the transport, or a script in a test.
package protocol Carrying: Sendable {
  func carryOut(_ outgoing: Outgoing) async -> Reply
  /// Carries out all of them at once and returns the replies in the order of `batch`.
  ///
  /// Appends to one file are one write and one sync. The call ends when the slowest exchange has ended.
  func carryOut(_ batch: [Outgoing]) async -> [Reply]
}

extension Carrying {
  package func carryOut(_ outgoing: Outgoing) async -> Reply {
    await carryOut([outgoing]).first ?? .failed(TransportFailure(.other, "nothing came back"))
  }
}
