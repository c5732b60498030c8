// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryLedger
internal import BelfryPolicy
package import Tracing

// The spans of Belfry's work. Without a tracer these functions do nothing.
extension Instruments {
  /// Runs `body` within a span, which is current in the meantime and is passed to `body` for its attributes.
  ///
  /// It is part of `parent`, otherwise of the current span.
  package func span<Outcome>(
    _ name: String,
    ofKind kind: SpanKind = .internal,
    within parent: InstrumentationContext? = nil,
    _ body: ((any Span)?) async throws -> Outcome
  ) async rethrows -> Outcome {
    guard let tracer else { return try await body(nil) }
    let span = tracer.startSpan(name, context: parent ?? .current ?? .topLevel, ofKind: kind)
    defer { span.end() }
    do {
      return try await InstrumentationContext.$current.withValue(span.context) { try await body(span) }
    } catch {
      span.recordError(error)
      span.setStatus(SpanStatus(code: .error, message: "\(error)"))
      throw error
    }
  }

  /// The trace context of an incoming request; nil without tracing.
  package func parent<Carrier, Extract: Extractor>(
    in transport: Carrier,
    using extractor: Extract
  ) -> InstrumentationContext? where Extract.Carrier == Carrier {
    guard let tracer else { return nil }
    var context = InstrumentationContext.topLevel
    tracer.extract(transport, into: &context, using: extractor)
    return context
  }

  /// The policy as called by the ledger: its decisions are spans within the current one.
  func observed(_ policy: any PolicyDeciding) -> any PolicyDeciding {
    guard let tracer, let context = InstrumentationContext.current else { return policy }
    return ObservedPolicy(policy: policy, tracer: tracer, context: context)
  }

  /// Records that the current span brought these deliveries.
  func brought(_ ingested: Ingested) {
    guard tracer != nil, let context = InstrumentationContext.current else { return }
    let deliveries = ingested.decisions.flatMap(\.decision.deliveries) + ingested.leased.map(\.delivery.id)
    if !deliveries.isEmpty { origins.note(deliveries, from: context) }
  }

  /// Starts the span of an attempt, as part of what brought the delivery if that is known.
  ///
  /// The caller must end it.
  func attempt(at leased: LeasedDelivery, on channel: ConfiguredChannel) -> (any Span)? {
    guard let tracer else { return nil }
    let delivery = leased.delivery
    let span = tracer.startSpan("deliver", context: origins.context(of: delivery.id) ?? .topLevel, ofKind: .client)
    span.updateAttributes { attributes in
      attributes["belfry.channel"] = channel.name.name
      attributes["belfry.channel.kind"] = channel.kind.name
      attributes["belfry.delivery_id"] = delivery.id.text
      attributes["belfry.attempt"] = leased.attempt
      attributes["belfry.severity"] = "\(delivery.severity)"
      attributes["belfry.route"] = delivery.route
      let alerts = delivery.content.alerts
      if alerts.count == 1 { attributes["belfry.alert_id"] = "\(alerts[0].key)" }
      attributes["belfry.alerts"] = alerts.count
    }
    return span
  }

  /// Ends an attempt's span with its result.
  func end(_ attempt: Attempt) {
    guard let span = attempt.span else { return }
    if let outcome = attempt.outcome(wasTaken: true) { span.attributes["belfry.outcome"] = outcome.rawValue }
    if let reason = attempt.verdict.failure {
      span.attributes["belfry.reason"] = reason.code
      span.setStatus(SpanStatus(code: .error, message: reason.clause))
    }
    span.end()
  }

  /// Adds the trace context to a request, if the channel permits it.
  func traced(_ outgoing: Outgoing, by span: (any Span)?) -> Outgoing {
    guard let tracer, let span, case .http(var exchange) = outgoing, exchange.isTraced else { return outgoing }
    tracer.inject(span.context, into: &exchange.fields, using: FieldInjector())
    return .http(exchange)
  }
}

/// Adds fields to a request, except those that the operator configured.
private struct FieldInjector: Injector {
  func inject(_ value: String, forKey key: String, into fields: inout [HTTPField]) {
    if !fields.contains(where: { $0.name.lowercased() == key }) { fields.append(HTTPField(key, value)) }
  }
}
