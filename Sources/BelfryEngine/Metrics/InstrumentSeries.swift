// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CoreMetrics
internal import Synchronization

/// One series of the metrics that Belfry counts while it works.
enum InstrumentSeries: Sendable, Hashable {
  case decision(rule: String, outcome: String)
  case reading(SourceName, isGood: Bool)
  case settled(ChannelName, Instruments.Outcome)
  case attempt(ChannelName)
  case delivery(ChannelName)
  case ledger(Instruments.Transaction)
  case templateFault(ChannelName)
  case spansDropped

  var metric: Metric {
    switch self {
    case .decision: .decisions
    case .reading: .readings
    case .settled: .settled
    case .attempt: .attemptTime
    case .delivery: .deliveryTime
    case .ledger: .ledgerTime
    case .templateFault: .templateFaults
    case .spansDropped: .spansDropped
    }
  }

  var labels: [(String, String)] {
    switch self {
    case .decision(let rule, let outcome): [("rule", rule), ("outcome", outcome)]
    case .reading(let source, let isGood): [("source", source.name), ("outcome", isGood ? "good" : "failed")]
    case .settled(let channel, let outcome): [("channel", channel.name), ("outcome", outcome.rawValue)]
    case .attempt(let channel), .delivery(let channel), .templateFault(let channel): [("channel", channel.name)]
    case .ledger(let transaction): [("transaction", transaction.rawValue)]
    case .spansDropped: []
    }
  }
}

/// Caches counters and timers, because making one means looking it up by all its labels.
final class InstrumentHandles: Sendable {
  private let counters = Mutex<[InstrumentSeries: Counter]>([:])
  private let timers = Mutex<[InstrumentSeries: Timer]>([:])

  /// The most cached handles: names come from the configuration, and each reload may add some.
  ///
  /// Beyond this, all are looked up again once.
  private static let limit = 4_096

  func counter(of series: InstrumentSeries, in factory: any MetricsFactory) -> Counter {
    counters.withLock { counters in
      if let known = counters[series] { return known }
      if counters.count >= InstrumentHandles.limit { counters = [:] }
      let new = Counter(label: series.metric.name, dimensions: series.labels, factory: factory)
      counters[series] = new
      return new
    }
  }

  func timer(of series: InstrumentSeries, in factory: any MetricsFactory) -> Timer {
    timers.withLock { timers in
      if let known = timers[series] { return known }
      if timers.count >= InstrumentHandles.limit { timers = [:] }
      let new = Timer(label: series.metric.name, dimensions: series.labels, factory: factory)
      timers[series] = new
      return new
    }
  }
}
