// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Finished spans that wait to be sent: a limited number; further ones are dropped and counted.
package final class SpanQueue: Sendable {
  private struct State {
    var waiting: [FinishedSpan] = []
    var dropped = 0
  }

  private let state = Mutex(State())
  private let capacity: Int
  /// The number of spans sent at once; they are sent as soon as this many wait.
  package static let batch = 512
  let signal = Wakeup()

  /// Makes a queue; at most `capacity` spans wait, by default a few megabytes.
  package init(capacity: Int = 4_096) { self.capacity = capacity }

  func add(_ span: FinishedSpan) {
    let count = state.withLock { state in
      if state.waiting.count < capacity { state.waiting.append(span) } else { state.dropped += 1 }
      return state.waiting.count
    }
    if count >= SpanQueue.batch { signal.raise() }
  }

  /// The next spans to send, and the number dropped since the last call.
  package func take() -> (spans: [FinishedSpan], dropped: Int) {
    state.withLock { state in
      let spans = Array(state.waiting.prefix(SpanQueue.batch))
      state.waiting.removeFirst(spans.count)
      defer { state.dropped = 0 }
      return (spans, state.dropped)
    }
  }
}
