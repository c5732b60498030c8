// SPDX-License-Identifier: Apache-2.0
package import CoreMetrics
internal import Synchronization

/// Stores the metrics for scraping.
///
/// It is passed to the code that counts and is not the process's global registry, because tests run in parallel.
package final class MetricsRegistry: Sendable {
  package struct Label: Sendable, Hashable {
    package var name: String
    package var value: String
  }

  /// The value of one series, and its labels.
  package struct Reading: Sendable, Hashable {
    package var labels: [Label]
    package var value: MetricReading
  }

  private let series = Mutex<[Metric: [[Label]: MetricSeries]]>([:])
  /// The most series per metric: names come from the configuration, and each reload may add some.
  private let limit: Int
  /// The label of everything beyond the limit, so that sums over all series stay correct.
  package static let others = "other"

  package init(limit: Int = 1_000) { self.limit = limit }

  /// The series of a metric, in the order of their labels.
  package func readings(of metric: Metric) -> [Reading] {
    let series = series.withLock { $0[metric] ?? [:] }
    return series.map { Reading(labels: $0, value: $1.reading) }.sorted { one, other in
      one.labels.map(\.value).lexicographicallyPrecedes(other.labels.map(\.value))
    }
  }

  /// The series; nil if there is no such metric of this type.
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
