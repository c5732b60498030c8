// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Sends what the channels composed: the real transport, or a scripted one in tests.
package protocol Transport: Sendable {
  func send(_ outgoing: Outgoing) async -> Reply
  /// Sends all of them at once and returns the replies in the order of `batch`.
  ///
  /// Appends to one file share one write and one sync. The call returns when the slowest exchange has ended.
  func send(_ batch: [Outgoing]) async -> [Reply]
  /// Connects to the host that a request would go to, sends nothing, and closes the connection.
  ///
  /// Returns why the host cannot be reached; nil if it can, or if only the request itself can show that.
  func connect(for outgoing: Outgoing) async -> TransportFailure?
}

extension Transport {
  package func send(_ outgoing: Outgoing) async -> Reply {
    await send([outgoing]).first ?? .failed(TransportFailure(.other, "there was no response"))
  }
}
