// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import Tracing

/// Records spans, and puts finished ones into the queue for sending.
///
/// Whether a trace is recorded is decided at its start by its ID, so that all programs in a trace agree.
package struct SpanTracer: Tracer {
  private let queue: SpanQueue
  private let share: Double
  private let random: @Sendable () -> UInt64

  /// Makes a tracer that records `share` of the traces that start here, from 0 to 1.
  package init(
    _ queue: SpanQueue,
    share: Double = 1,
    random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: 1 ... .max) }
  ) {
    self.queue = queue
    self.share = share
    self.random = random
  }

  package func startSpan<Instant: TracerInstant>(
    _ operationName: String,
    context: @autoclosure () -> InstrumentationContext,
    ofKind kind: SpanKind,
    at instant: @autoclosure () -> Instant,
    function: String,
    file fileID: String,
    line: UInt
  ) -> RecordedSpan {
    var context = context()
    let parent = context.trace
    let trace = parent?.trace ?? TraceContext.TraceID(high: random(), low: random())
    let own = TraceContext(trace: trace, span: random(), isSampled: parent?.isSampled ?? isSampled(trace))
    context.trace = own
    let span = FinishedSpan(
      name: operationName,
      context: own,
      parent: parent?.span,
      kind: kind,
      begun: instant().nanosecondsSinceEpoch
    )
    return RecordedSpan(span, context, into: own.isSampled ? queue : nil)
  }

  /// Decides like OpenTelemetry's `TraceIdRatioBased`: compares the lower half of the ID with the share.
  private func isSampled(_ trace: TraceContext.TraceID) -> Bool {
    share >= 1 || Double(trace.low) < share * 0x1p64
  }

  package func extract<Carrier, Extract: Extractor>(
    _ transport: Carrier,
    into context: inout InstrumentationContext,
    using extractor: Extract
  ) where Extract.Carrier == Carrier {
    guard let text = extractor.extract(key: "traceparent", from: transport) else { return }
    if let trace = TraceContext(traceparent: text) { context.trace = trace }
  }

  package func inject<Carrier, Inject: Injector>(
    _ context: InstrumentationContext,
    into transport: inout Carrier,
    using injector: Inject
  ) where Inject.Carrier == Carrier {
    guard let trace = context.trace else { return }
    injector.inject(trace.traceparent, forKey: "traceparent", into: &transport)
  }

  /// Sends waiting spans soon.
  package func forceFlush() { queue.signal.raise() }
}
