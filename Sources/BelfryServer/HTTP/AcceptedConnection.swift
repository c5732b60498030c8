// SPDX-License-Identifier: Apache-2.0
internal import HummingbirdCore
internal import NIOCore
internal import NIOHTTPTypes
internal import Synchronization

/// An accepted connection that is handled at most once; if it never is, it is closed.
///
/// A server that stops drops the connections that it has accepted and not yet handled. Dropping a `NIOAsyncChannel`
/// while its channel is open crashes the program ("Deinited NIOAsyncWriter without calling finish()"), so this value
/// keeps it until its channel is closed.
final class AcceptedConnection: ServerChildChannelValue {
  typealias Stream = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

  private let stream: Stream
  private let isHandled = Atomic(false)

  var channel: any Channel { stream.channel }

  init(_ stream: Stream) { self.stream = stream }

  deinit {
    guard !isHandled.load(ordering: .acquiring) else { return }
    let stream = stream
    stream.channel.closeFuture.whenComplete { _ in withExtendedLifetime(stream) {} }
    stream.channel.close(promise: nil)
  }

  /// The requests and answers of the connection; the caller closes it.
  func handled() -> Stream {
    isHandled.store(true, ordering: .releasing)
    return stream
  }
}
