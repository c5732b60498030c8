// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Spans that have ended and wait to be sent: a bounded number, and what is more is dropped and counted.
package final class SpanQueue: Sendable {
  private struct State {
    var waiting: [FinishedSpan] = []
    var dropped = 0
  }

  private let state = Mutex(State())
  private let capacity: Int
  /// How many are sent at once; as soon as so many wait, they are.
  package static let batch = 512
  let signal = Signal()

  /// At most `capacity` spans wait; the default is a few megabytes.
  package init(capacity: Int = 4_096) { self.capacity = capacity }

  func add(_ span: FinishedSpan) {
    let count = state.withLock { state in
      if state.waiting.count < capacity { state.waiting.append(span) } else { state.dropped += 1 }
      return state.waiting.count
    }
    if count >= SpanQueue.batch { signal.raise() }
  }

  /// The next to be sent, and how many were dropped since this was last asked.
  package func take() -> (spans: [FinishedSpan], dropped: Int) {
    state.withLock { state in
      let spans = Array(state.waiting.prefix(SpanQueue.batch))
      state.waiting.removeFirst(spans.count)
      defer { state.dropped = 0 }
      return (spans, state.dropped)
    }
  }
}
