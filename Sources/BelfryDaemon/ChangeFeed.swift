// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Tells pages that are open that there is something new: a decision, a message that arrived or did not, a configuration.
///
/// Each listener holds one notice at most, so whoever reads slowly keeps nobody waiting and takes no memory.
package final class ChangeFeed: Sendable {
  private struct Listeners {
    var next = 0
    var open: [Int: AsyncStream<Void>.Continuation] = [:]
  }

  /// How many may listen at once.
  package static let limit = 64

  private let listeners = Mutex(Listeners())

  package init() {}

  /// - Returns: nil when as many listen already as may.
  package func listen() -> AsyncStream<Void>? {
    let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let number: Int? = listeners.withLock { listeners in
      guard listeners.open.count < ChangeFeed.limit else { return nil }
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

  /// How many listen.
  package var count: Int { listeners.withLock { $0.open.count } }

  /// Costs next to nothing where nobody listens.
  package func raise() {
    for listener in listeners.withLock({ Array($0.open.values) }) { listener.yield() }
  }

  /// Lets go of all who listen: the server stops.
  package func end() {
    for listener in listeners.withLock({ Array($0.open.values) }) { listener.finish() }
  }
}
