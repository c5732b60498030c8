// SPDX-License-Identifier: Apache-2.0
internal import BelfryEngine

/// Metrics in Prometheus' text format, version 0.0.4.
///
/// See https://prometheus.io/docs/instrumenting/exposition_formats/.
struct Exposition: Sendable {
  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private(set) var text = ""

  /// Writes a metric with all its samples; one without samples is omitted.
  mutating func write(_ metric: Metric, _ samples: [Sample]) {
    guard !samples.isEmpty else { return }
    text += "# HELP \(metric.name) \(Exposition.escape(metric.help, quotes: false))\n"
    text += "# TYPE \(metric.name) \(metric.kind.rawValue)\n"
    for sample in samples {
      text += metric.name + sample.suffix
      if !sample.labels.isEmpty {
        let labels = sample.labels.map { "\($0)=\"\(Exposition.escape($1, quotes: true))\"" }
        text += "{" + labels.joined(separator: ",") + "}"
      }
      text += " \(Exposition.number(sample.value))\n"
    }
  }

  /// Writes the counted values of a metric.
  mutating func write(_ metric: Metric, _ readings: [MetricsRegistry.Reading]) {
    write(metric, readings.flatMap(Exposition.samples))
  }

  private static func samples(of reading: MetricsRegistry.Reading) -> [Sample] {
    let labels = reading.labels.map { (name: $0.name, value: $0.value) }
    switch reading.value {
    case .number(let value): return [Sample(value, labels: labels)]
    case .histogram(let buckets, let sum, let count):
      let bounds = buckets.map { (number($0.bound), $0.count) } + [("+Inf", count)]
      return bounds.map { Sample(Double($1), labels: labels + [("le", $0)], suffix: "_bucket") } + [
        Sample(sum, labels: labels, suffix: "_sum"), Sample(Double(count), labels: labels, suffix: "_count"),
      ]
    }
  }

  /// Escapes text; a quotation mark ends a label's value, but is literal in a HELP text.
  private static func escape(_ text: String, quotes: Bool) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where quotes: escaped += "\\\""
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// Whole numbers are written without a fraction.
  private static func number(_ value: Double) -> String { Int64(exactly: value).map(String.init) ?? "\(value)" }
}

extension Exposition {
  /// One value of a metric, with the labels that identify it.
  struct Sample: Sendable {
    var labels: [(name: String, value: String)]
    var value: Double

    /// The suffix of the metric's name in a histogram.
    var suffix = ""

    init(_ value: Double, _ labels: (name: String, value: String)...) { self.init(value, labels: labels) }

    init(_ value: Double, labels: [(name: String, value: String)], suffix: String = "") {
      self.labels = labels
      self.value = value
      self.suffix = suffix
    }
  }
}
