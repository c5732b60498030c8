// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
internal import BelfryLedger
package import BelfryPolicy
internal import BelfryTransport
package import CoreMetrics
package import Tracing

/// The metrics and traces of Belfry's own work.
///
/// Labels are names from the configuration and the program, never texts of alerts.
package struct Instruments: Sendable {
  private let factory: any MetricsFactory
  private let handles = InstrumentHandles()
  /// Nil without tracing.
  let tracer: (any Tracer)?
  let origins = SpanOrigins()

  /// - Parameters:
  ///   - factory: Stores the metrics; by default they are discarded.
  ///   - tracer: Records spans. It is a parameter and not the process's global tracer, because tests run in parallel.
  package init(_ factory: any MetricsFactory = NOOPMetricsHandler.instance, tracer: (any Tracer)? = nil) {
    self.factory = factory
    self.tracer = tracer
  }

  /// A timed transaction of the ledger.
  package enum Transaction: String, Sendable, CaseIterable {
    case ingest
    case fire
    case claim
    case settle
  }

  /// The result of an attempt.
  package enum Outcome: String, Sendable, CaseIterable {
    case delivered
    case partial
    case retried
    case dead
    case forwarded
    /// Settled after the delivery was leased again.
    case stale
  }

  /// Initializes the metrics of each channel and source with zero: Prometheus would not see the first increase of a
  /// series that starts with it.
  package func prepare(for configuration: Configuration) {
    for channel in configuration.channels.keys {
      for outcome in Outcome.allCases { count(.settled(channel, outcome), by: 0) }
      count(.templateFault(channel), by: 0)
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
    // Each silence has its own name in its rule: there would be as many series as there ever were silences.
    let rule =
      switch decision.rule {
      case .silence: "silence"
      case .file, .command: decision.rule.path
      }
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

  /// Measures a transaction, also one that fails.
  ///
  /// It is also a span: in the single trace that it is for, or linked to several. A search for work that finds nothing
  /// gets no span.
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

  /// Measures a part of a transaction that several attempts share, and links its span to theirs.
  func timed<Answer>(
    _ part: Transaction,
    on time: any TimeSource,
    of traces: [InstrumentationContext] = [],
    _ body: () throws -> Answer
  ) rethrows -> Answer {
    let begun = time.elapsed()
    defer { record(.ledger(part), time.elapsed() - begun) }
    guard let tracer, part != .claim else { return try body() }
    let context = traces.count == 1 ? traces[0] : .topLevel
    let span = tracer.startSpan("ledger \(part.rawValue)", context: context, ofKind: .internal)
    defer { span.end() }
    if traces.count > 1 { for trace in traces { span.addLink(SpanLink(context: trace, attributes: [:])) } }
    return try body()
  }

  /// Counts a message that was made without its template.
  func failedTemplate(of channel: ChannelName) { count(.templateFault(channel)) }

  /// Counts spans that were dropped.
  func droppedSpans(_ count: Int) { self.count(.spansDropped, by: Int64(count)) }

  /// Records the result of the last read of `channels.json`; `version` is nil if nothing changed.
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

  /// Records a duration; never a negative one, even if the clock was set back.
  private func record(_ series: InstrumentSeries, _ duration: Duration) {
    timer(series).recordNanoseconds(Int64(max(0, min(duration / .nanoseconds(1), 9e18))))
  }
}

extension Attempt {
  /// The result; nil if it was released without an attempt.
  func outcome(wasTaken: Bool) -> Instruments.Outcome? {
    guard wasTaken else { return .stale }
    return switch settlement.result {
    case .delivered: .delivered
    case .partial: .partial
    case .retry: .retried
    case .dead: .dead
    case .forwarded: .forwarded
    case .released, .postponed: nil
    }
  }
}
