// SPDX-License-Identifier: Apache-2.0
package import CoreMetrics
internal import Synchronization

/// Keeps what is counted, for those who scrape it.
///
/// It is handed to whoever counts, and never made the process's own: tests run side by side.
package final class MetricsRegistry: Sendable {
  package struct Label: Sendable, Hashable {
    package var name: String
    package var value: String
  }

  /// What one series stands at, and what tells it from its others.
  package struct Reading: Sendable, Hashable {
    package var labels: [Label]
    package var value: MetricReading
  }

  private let series = Mutex<[Metric: [[Label]: MetricSeries]]>([:])
  /// How many series a metric has at most: names come from the configuration, and with every reload others may.
  private let limit: Int
  /// What is beyond the limit is counted together: a sum over all series stays right.
  package static let others = "other"

  package init(limit: Int = 1_000) { self.limit = limit }

  /// The series of a metric, in the order of their labels.
  package func readings(of metric: Metric) -> [Reading] {
    let series = series.withLock { $0[metric] ?? [:] }
    return series.map { Reading(labels: $0, value: $1.reading) }.sorted { one, other in
      one.labels.map(\.value).lexicographicallyPrecedes(other.labels.map(\.value))
    }
  }

  /// Nil for what is no metric of this kind.
  private func find(_ name: String, _ kind: Metric.Kind, _ dimensions: [(String, String)]) -> MetricSeries? {
    guard let metric = Metric(rawValue: name), metric.kind == kind else { return nil }
    var labels = dimensions.map { Label(name: $0, value: $1) }
    return series.withLock { series in
      if let known = series[metric]?[labels] { return known }
      if series[metric, default: [:]].count >= limit {
        labels = labels.map { Label(name: $0.name, value: MetricsRegistry.others) }
        if let known = series[metric]?[labels] { return known }
      }
      let new = MetricSeries(bounds: metric.buckets)
      series[metric, default: [:]][labels] = new
      return new
    }
  }

  private func forget(_ handler: AnyObject) {
    series.withLock { series in
      for metric in series.keys { series[metric] = series[metric]?.filter { $0.value !== handler } }
    }
  }
}

extension MetricsRegistry: MetricsFactory {
  package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    find(label, .counter, dimensions) ?? NOOPMetricsHandler.instance
  }

  package func makeFloatingPointCounter(
    label: String,
    dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    find(label, .counter, dimensions) ?? NOOPMetricsHandler.instance
  }

  package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    find(label, .gauge, dimensions) ?? NOOPMetricsHandler.instance
  }

  package func makeRecorder(
    label: String,
    dimensions: [(String, String)],
    aggregate: Bool
  ) -> any RecorderHandler {
    find(label, aggregate ? .histogram : .gauge, dimensions) ?? NOOPMetricsHandler.instance
  }

  package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    find(label, .histogram, dimensions) ?? NOOPMetricsHandler.instance
  }

  package func destroyCounter(_ handler: any CounterHandler) { forget(handler) }
  package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { forget(handler) }
  package func destroyMeter(_ handler: any MeterHandler) { forget(handler) }
  package func destroyRecorder(_ handler: any RecorderHandler) { forget(handler) }
  package func destroyTimer(_ handler: any TimerHandler) { forget(handler) }
}
