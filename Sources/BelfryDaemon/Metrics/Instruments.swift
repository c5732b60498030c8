// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryLedger
internal import BelfryTransport
package import CoreMetrics
package import Tracing

/// What Belfry counts and traces of its own work.
///
/// Labels are names of the configuration and of the program, never text of alerts.
package struct Instruments: Sendable {
  private let factory: any MetricsFactory
  private let handles = InstrumentHandles()
  /// Nil where nothing is traced.
  let tracer: (any Tracer)?
  let origins = SpanOrigins()

  /// - Parameters:
  ///   - factory: where it is counted; nowhere by default.
  ///   - tracer: what records spans. It is handed over, and never made the process's own: tests run side by side.
  package init(_ factory: any MetricsFactory = NOOPMetricsHandler.instance, tracer: (any Tracer)? = nil) {
    self.factory = factory
    self.tracer = tracer
  }

  /// A transaction of the ledger whose time is taken.
  package enum Transaction: String, Sendable, CaseIterable {
    case ingest
    case fire
    case claim
    case settle
  }

  /// What became of an attempt.
  package enum Outcome: String, Sendable, CaseIterable {
    case delivered
    case partial
    case retried
    case dead
    case forwarded
    /// Settled after the lease had moved on.
    case stale
  }

  /// Begins at zero whatever is counted for each channel and source: what first appears with its first failure is taken for
  /// no change by Prometheus.
  package func prepare(for configuration: Configuration) {
    for channel in configuration.channels.keys {
      for outcome in Outcome.allCases { count(.settled(channel, outcome), by: 0) }
      _ = timer(.attempt(channel))
      _ = timer(.delivery(channel))
    }
    for source in configuration.sources {
      for isGood in [true, false] { count(.reading(source.name, isGood: isGood), by: 0) }
    }
    droppedSpans(0)
    for transaction in Transaction.allCases { _ = timer(.ledger(transaction)) }
  }

  package func decided(_ decision: Decision) {
    // A silence has a name of its own in its rule: as many as there ever were.
    let rule = decision.rule.path.hasPrefix("silence ") ? "silence" : decision.rule.path
    count(.decision(rule: rule, outcome: decision.outcome.name))
  }

  package func read(_ source: SourceName, isGood: Bool) { count(.reading(source, isGood: isGood)) }

  func attempted(_ channel: ChannelName, for duration: Duration) {
    record(.attempt(channel), duration)
  }

  func settled(_ attempt: Attempt, wasTaken: Bool, at now: Instant) {
    guard let outcome = attempt.outcome(wasTaken: wasTaken) else { return }
    let delivery = attempt.leased.delivery
    count(.settled(delivery.channel, outcome))
    guard outcome == .delivered else { return }
    let since = delivery.forwardings.first?.since ?? attempt.leased.createdAt
    record(.delivery(delivery.channel), now - since)
  }

  /// Takes the time of a transaction, also of one that fails.
  ///
  /// It is a span as well: of the one trace that it is for, or beside several. To look for work that is not there is none.
  func timed<Answer>(
    _ transaction: Transaction,
    on time: any TimeSource,
    of traces: [InstrumentationContext] = [],
    _ body: () async throws -> Answer
  ) async rethrows -> Answer {
    let begun = time.elapsed()
    defer { record(.ledger(transaction), time.elapsed() - begun) }
    if tracer == nil || transaction == .claim { return try await body() }
    return try await span("ledger \(transaction.rawValue)", within: traces.count == 1 ? traces[0] : nil) { span in
      if traces.count > 1 { for trace in traces { span?.addLink(SpanLink(context: trace, attributes: [:])) } }
      return try await body()
    }
  }

  /// Counts spans that were not sent.
  func droppedSpans(_ count: Int) { self.count(.spansDropped, by: Int64(count)) }

  /// Says how the last look at `channels.json` ended; `version` is nil where it changed nothing.
  package func reloaded(isGood: Bool, version: Int?, at now: Instant) {
    set(.reloadGood, isGood ? 1 : 0)
    if let version { set(.configVersion, Double(version)) }
    if isGood { set(.reloadedAt, Double(now.microseconds) / 1_000_000) }
  }

  private func count(_ series: InstrumentSeries, by amount: Int64 = 1) {
    handles.counter(of: series, in: factory).increment(by: amount)
  }

  private func set(_ metric: Metric, _ value: Double) { Meter(label: metric.name, factory: factory).set(value) }

  private func timer(_ series: InstrumentSeries) -> Timer { handles.timer(of: series, in: factory) }

  /// A clock that was set back makes nothing take less than no time.
  private func record(_ series: InstrumentSeries, _ duration: Duration) {
    timer(series).recordNanoseconds(Int64(max(0, min(duration / .nanoseconds(1), 9e18))))
  }
}

extension Attempt {
  /// Nil for what was given back without an attempt.
  func outcome(wasTaken: Bool) -> Instruments.Outcome? {
    guard wasTaken else { return .stale }
    return switch settlement.result {
    case .delivered: .delivered
    case .partial: .partial
    case .retry: .retried
    case .dead: .dead
    case .forwarded: .forwarded
    case .released: nil
    }
  }
}
