// SPDX-License-Identifier: Apache-2.0
package import Tracing

/// Records spans and puts those that have ended into a queue, from which they are sent.
///
/// Whether a trace is recorded is settled where it begins, by its identity: programs that a trace goes through agree on it.
package struct SpanTracer: Tracer {
  private let queue: SpanQueue
  private let share: Double
  private let random: @Sendable () -> UInt64

  /// Makes a tracer that records `share` of the traces that begin here, from 0 to 1.
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

  /// As OpenTelemetry's `TraceIdRatioBased` has it: the lower half of the identity is held against the share.
  private func isSampled(_ trace: TraceContext.TraceID) -> Bool {
    share >= 1 || Double(trace.low) < share * 0x1p64
  }

  package func extract<Carrier, Extract: Extractor>(
    _ carrier: Carrier,
    into context: inout InstrumentationContext,
    using extractor: Extract
  ) where Extract.Carrier == Carrier {
    guard let text = extractor.extract(key: "traceparent", from: carrier) else { return }
    if let trace = TraceContext(traceparent: text) { context.trace = trace }
  }

  package func inject<Carrier, Inject: Injector>(
    _ context: InstrumentationContext,
    into carrier: inout Carrier,
    using injector: Inject
  ) where Inject.Carrier == Carrier {
    guard let trace = context.trace else { return }
    injector.inject(trace.traceparent, forKey: "traceparent", into: &carrier)
  }

  /// What waits is sent soon anyway.
  package func forceFlush() { queue.signal.raise() }
}
