// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Notifies open pages of changes: a decision, the result of a delivery, a new configuration.
///
/// Each listener has at most one pending notification, so a slow one delays nobody and uses no memory.
package final class ChangeBroadcast: Sendable {
  private struct Listeners {
    var next = 0
    var open: [Int: AsyncStream<Void>.Continuation] = [:]
  }

  /// The most listeners at once.
  package static let limit = 64

  private let listeners = Mutex(Listeners())

  package init() {}

  /// - Returns: nil if the limit is reached.
  package func listen() -> AsyncStream<Void>? {
    let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let number: Int? = listeners.withLock { listeners in
      guard listeners.open.count < ChangeBroadcast.limit else { return nil }
      listeners.next += 1
      listeners.open[listeners.next] = continuation
      return listeners.next
    }
    guard let number else { return nil }
    continuation.onTermination = { [weak self] _ in
      self?.listeners.withLock { _ = $0.open.removeValue(forKey: number) }
    }
    return stream
  }

  /// The number of listeners.
  package var count: Int { listeners.withLock { $0.open.count } }

  /// Notifies the listeners; costs next to nothing if there are none.
  package func raise() {
    for listener in listeners.withLock({ Array($0.open.values) }) { listener.yield() }
  }

  /// Ends all listeners, because the server stops.
  package func end() {
    for listener in listeners.withLock({ Array($0.open.values) }) { listener.finish() }
  }
}
