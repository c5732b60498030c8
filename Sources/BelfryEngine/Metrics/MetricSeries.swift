// SPDX-License-Identifier: Apache-2.0
internal import CoreMetrics
internal import Synchronization

/// One series of a metric: a number, or a histogram's buckets.
final class MetricSeries: Sendable {
  private let bounds: [Double]
  private let state: Mutex<State>

  private struct State {
    /// The number; for a histogram, the sum of the observations.
    var value = 0.0
    /// The count of each bucket; the last one is for values beyond every bound.
    var counts: [Int]
  }

  init(bounds: [Double]) {
    self.bounds = bounds
    state = Mutex(State(counts: Array(repeating: 0, count: bounds.isEmpty ? 0 : bounds.count + 1)))
  }

  var reading: MetricReading {
    let state = state.withLock { $0 }
    guard !bounds.isEmpty else { return .number(state.value) }
    var total = 0
    let upTo = state.counts.map { count in
      total += count
      return total
    }
    return .histogram(buckets: zip(bounds, upTo).map { .init(bound: $0, count: $1) }, sum: state.value, count: total)
  }

  private func add(_ amount: Double) { state.withLock { $0.value += amount } }

  private func observe(_ value: Double) {
    let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
    state.withLock { state in
      state.value += value
      state.counts[bucket] += 1
    }
  }
}

extension MetricSeries: CounterHandler, FloatingPointCounterHandler {
  func increment(by amount: Int64) { add(Double(amount)) }
  func increment(by amount: Double) { add(amount) }
  func reset() { state.withLock { $0.value = 0 } }
}

extension MetricSeries: MeterHandler {
  func set(_ value: Int64) { set(Double(value)) }
  func set(_ value: Double) { state.withLock { $0.value = value } }
  func decrement(by amount: Double) { add(-amount) }
}

extension MetricSeries: RecorderHandler, TimerHandler {
  func record(_ value: Int64) { record(Double(value)) }
  func record(_ value: Double) { if bounds.isEmpty { set(value) } else { observe(value) } }
  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }
}

/// The value of a series.
package enum MetricReading: Sendable, Hashable {
  package struct Bucket: Sendable, Hashable {
    package var bound: Double
    /// The number of observations up to the bound, including smaller buckets.
    package var count: Int
  }

  case number(Double)
  case histogram(buckets: [Bucket], sum: Double, count: Int)
}
