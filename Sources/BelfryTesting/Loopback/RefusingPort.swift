// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// A port of 127.0.0.1 that refuses every connection as long as this exists.
///
/// It is taken but nobody listens on it. A port that a server has given back could belong to another test's server by
/// the time somebody connects to it.
package final class RefusingPort: Sendable {
  /// The number of the port.
  package let number: Int
  /// Its URL, without a trailing slash.
  package var url: String { "http://127.0.0.1:\(number)" }
  private let socket: CInt

  /// Takes a free port.
  ///
  /// - Throws: `POSIXError` if the system cannot create the socket.
  package init() throws {
    (socket, number) = try LoopbackListener.bind()
  }

  deinit { close(socket) }
}
