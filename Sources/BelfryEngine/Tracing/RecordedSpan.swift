// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Synchronization
package import Tracing

/// A running span; changes after its end are ignored.
package final class RecordedSpan: Span {
  package let context: InstrumentationContext
  /// Nil if it is not recorded.
  private let queue: SpanQueue?
  private let state: Mutex<FinishedSpan?>
  private let name: Mutex<String>

  /// The most events and links per span.
  private static let limit = 64

  init(_ span: FinishedSpan, _ context: InstrumentationContext, into queue: SpanQueue?) {
    self.context = context
    self.queue = queue
    name = Mutex(span.name)
    state = Mutex(queue == nil ? nil : span)
  }

  package var operationName: String {
    get { name.withLock { $0 } }
    set {
      name.withLock { $0 = newValue }
      change { $0.name = newValue }
    }
  }

  package var attributes: SpanAttributes {
    get { state.withLock { $0?.attributes ?? [:] } }
    set { change { $0.attributes = newValue } }
  }

  package var isRecording: Bool { state.withLock { $0 != nil } }

  package func setStatus(_ status: SpanStatus) { change { $0.status = status } }

  package func addEvent(_ event: SpanEvent) {
    change { if $0.events.count < RecordedSpan.limit { $0.events.append(event) } }
  }

  package func addLink(_ link: SpanLink) {
    change { if $0.links.count < RecordedSpan.limit { $0.links.append(link) } }
  }

  /// Uses the names of OpenTelemetry's conventions for exceptions.
  package func recordError<Instant: TracerInstant>(
    _ error: any Error,
    attributes: SpanAttributes,
    at instant: @autoclosure () -> Instant
  ) {
    var attributes = attributes
    attributes["exception.type"] = "\(type(of: error))"
    attributes["exception.message"] = "\(error)"
    addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
  }

  package func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
    let end = instant().nanosecondsSinceEpoch
    let span = state.withLock { state in
      defer { state = nil }
      return state
    }
    guard var span else { return }
    // After the clock was set back, a span must not end before its start.
    span.ended = max(span.begun, end)
    queue?.add(span)
  }

  private func change(_ body: (inout FinishedSpan) -> Void) {
    state.withLock { state in
      guard var span = state else { return }
      body(&span)
      state = span
    }
  }
}

/// A finished span.
package struct FinishedSpan: Sendable {
  package var name: String
  package var context: TraceContext
  /// The parent span; nil at the start of a trace.
  package var parent: UInt64?
  package var kind: SpanKind
  /// The start, in nanoseconds since 1970.
  package var begun: UInt64
  package var ended: UInt64 = 0
  package var attributes: SpanAttributes = [:]
  package var events: [SpanEvent] = []
  package var links: [SpanLink] = []
  package var status: SpanStatus?

  package init(name: String, context: TraceContext, parent: UInt64?, kind: SpanKind, begun: UInt64) {
    self.name = name
    self.context = context
    self.parent = parent
    self.kind = kind
    self.begun = begun
  }
}
