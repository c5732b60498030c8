// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
package import Tracing

// What of Belfry's work is a span. Without a tracer none of it does anything.
extension Instruments {
  /// Does something within a span, which is the current one meanwhile and is handed over to be described.
  ///
  /// It is part of `parent`, or else of the span that is current.
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

  /// What a request that came in says of the trace it belongs to; nil where nothing is traced.
  package func parent<Carrier, Extract: Extractor>(
    in carrier: Carrier,
    using extractor: Extract
  ) -> InstrumentationContext? where Extract.Carrier == Carrier {
    guard let tracer else { return nil }
    var context = InstrumentationContext.topLevel
    tracer.extract(carrier, into: &context, using: extractor)
    return context
  }

  /// The policy as the ledger asks it: what it decides is a span of the one that is current.
  func observed(_ policy: any PolicyDeciding) -> any PolicyDeciding {
    guard let tracer, let context = InstrumentationContext.current else { return policy }
    return ObservedPolicy(policy: policy, tracer: tracer, context: context)
  }

  /// Remembers that the current span brought these deliveries.
  func brought(_ ingested: Ingested) {
    guard tracer != nil, let context = InstrumentationContext.current else { return }
    let told = ingested.decisions.flatMap(\.decision.deliveries) + ingested.leased.map(\.delivery.id)
    if !told.isEmpty { origins.note(told, from: context) }
  }

  /// Begins the span of an attempt, a part of what brought the delivery where that is known.
  ///
  /// Whoever begins it ends it.
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

  /// An attempt's span as what came of it says.
  func end(_ span: any Span, with attempt: inout Attempt) {
    attempt.trace = span.context
    if let outcome = attempt.outcome(wasTaken: true) { span.attributes["belfry.outcome"] = outcome.rawValue }
    if let reason = attempt.verdict.failure {
      span.attributes["belfry.reason"] = reason.code
      span.setStatus(SpanStatus(code: .error, message: reason.clause))
    }
    span.end()
  }

  /// Has the one who is asked know which trace it belongs to, where the channel lets it.
  func traced(_ outgoing: Outgoing, by span: (any Span)?) -> Outgoing {
    guard let tracer, let span, case .http(var exchange) = outgoing, exchange.isTraced else { return outgoing }
    tracer.inject(span.context, into: &exchange.fields, using: FieldInjector())
    return .http(exchange)
  }
}

/// Adds fields to a request, but none that the operator wrote.
private struct FieldInjector: Injector {
  func inject(_ value: String, forKey key: String, into fields: inout [HTTPField]) {
    if !fields.contains(where: { $0.name.lowercased() == key }) { fields.append(HTTPField(key, value)) }
  }
}
