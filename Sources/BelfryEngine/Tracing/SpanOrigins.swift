// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Synchronization
internal import Tracing

/// Records which push or cycle brought a delivery, for the spans of its attempts.
///
/// It is kept while the process runs, for the latest few thousand deliveries.
final class SpanOrigins: Sendable {
  private struct State {
    var new: [DeliveryID: InstrumentationContext] = [:]
    var old: [DeliveryID: InstrumentationContext] = [:]
  }

  private let state = Mutex(State())
  private static let generation = 4_096

  func note(_ deliveries: [DeliveryID], from context: InstrumentationContext) {
    state.withLock { state in
      for delivery in deliveries { state.new[delivery] = context }
      guard state.new.count > SpanOrigins.generation else { return }
      state.old = state.new
      state.new = [:]
    }
  }

  func context(of delivery: DeliveryID) -> InstrumentationContext? {
    state.withLock { $0.new[delivery] ?? $0.old[delivery] }
  }
}
