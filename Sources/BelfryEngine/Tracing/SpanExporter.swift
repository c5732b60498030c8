// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryConfiguration
package import BelfryTransport
internal import ServiceLifecycle
internal import Synchronization

/// Sends spans to a collector with the lowest priority: if it does not accept them, they are dropped and counted.
package final class SpanExporter: Sendable {
  private let queue: SpanQueue
  private let settings: TracingSettings
  /// Masks secrets in the collector's errors.
  private let redaction: Redaction
  private let request: SpanRequest
  private let transport: any Transport
  private let time: any TimeSource
  private let console: Console
  private let instruments: Instruments
  private let stopping = StopFlag()
  /// The reason why the last batch was not accepted; nil if it was.
  private let trouble = Mutex<String?>(nil)

  private static let period = Duration.seconds(5)
  /// The wait between a failed attempt and the next.
  private static let pause = Duration.seconds(1)
  private static let limits = ExchangeLimits(connect: .seconds(3), total: .seconds(10), replyBytes: 64 << 10)
  /// How long sending the last spans may take when Belfry stops.
  private static let patience = Duration.seconds(3)

  package init(
    _ queue: SpanQueue,
    settings: TracingSettings,
    request: SpanRequest,
    transport: any Transport,
    time: any TimeSource,
    console: Console,
    instruments: Instruments
  ) {
    self.queue = queue
    self.settings = settings
    let headerSecrets = settings.headers.fields.compactMap {
      if case .secret(_, let secret) = $0.value { secret } else { nil }
    }
    redaction = Redaction(headerSecrets + settings.endpoint.secrets + settings.httpOptions.secrets)
    self.request = request
    self.transport = transport
    self.time = time
    self.console = console
    self.instruments = instruments
  }

  /// Sends waiting spans every few seconds, and whenever a whole batch waits, until it is asked to stop.
  package func run() async {
    await withGracefulShutdownHandler {
      while !stopping.isRaised && !Task.isCancelled {
        await queue.signal.wait(atMost: SpanExporter.period, on: time)
        await flush()
      }
    } onGracefulShutdown: {
      self.stopping.raise()
      self.queue.signal.raise()
    }
  }

  /// Sends all waiting spans.
  package func flush() async {
    while await sendNext(once: nil) {}
  }

  /// Sends the remaining spans, for a few seconds at most.
  package func close() async {
    let end = time.elapsed() + SpanExporter.patience
    while time.elapsed() < end, await sendNext(once: end - time.elapsed()) {}
    let (left, dropped) = queue.take()
    instruments.droppedSpans(left.count + dropped)
  }

  /// Sends a batch, with retries if useful, or, with a limit, once within that time.
  ///
  /// - Returns: whether there was one.
  private func sendNext(once limit: Duration?) async -> Bool {
    let (spans, dropped) = queue.take()
    instruments.droppedSpans(dropped)
    guard !spans.isEmpty else { return false }
    let body = request.body(spans)
    var answer = await send(body, within: limit)
    if limit == nil, case .later = answer {
      // Cancelled while waiting: the second attempt then comes at once.
      do { try await time.sleep(for: SpanExporter.pause) } catch {}
      answer = await send(body, within: nil)
    }
    switch answer {
    case .taken(let refused): instruments.droppedSpans(refused)
    case .later(let reason), .never(let reason):
      instruments.droppedSpans(spans.count)
      report(reason)
      return true
    }
    report(nil)
    return true
  }

  private enum Answer {
    /// All except this number.
    case taken(refused: Int)
    case later(String)
    case never(String)
  }

  private func send(_ body: [UInt8], within limit: Duration?) async -> Answer {
    var exchange = HTTPExchange(
      method: "POST",
      to: settings.endpoint,
      path: "/v1/traces",
      fields: [HTTPField("Content-Type", "application/json")] + settings.headers.fields,
      body: body,
      addresses: settings.addresses.policy,
      limits: SpanExporter.limits,
      certificateAuthority: settings.ca?.absolute
    )
    .applying(settings.httpOptions)
    if let limit { exchange.limits.total = min(limit, exchange.limits.total) }
    exchange.limits.connect = min(exchange.limits.connect, exchange.limits.total)
    switch await transport.send(.http(exchange)) {
    case .http(let reply) where (200..<300).contains(reply.status):
      return .taken(refused: SpanExporter.refused(reply.body))
    // https://opentelemetry.io/docs/specs/otlp/#failures-1
    case .http(let reply) where [429, 502, 503, 504].contains(reply.status):
      return .later("\(settings.endpoint.shownHost) answered HTTP \(reply.status)")
    case .http(let reply): return .never("\(settings.endpoint.shownHost) answered HTTP \(reply.status)")
    case .failed(let failure): return .later(redaction.masked(failure.message))
    case .mail, .appended, .process: return .never("\(settings.endpoint.shownHost) gave no HTTP response")
    }
  }

  /// The number of spans that a collector rejected of an accepted batch.
  private static func refused(_ body: [UInt8]) -> Int {
    let answer = JSONTree.parse(SourceText(name: "the answer", bytes: body)).node
    return switch answer?["partialSuccess"]?["rejectedSpans"]?.value {
    case .string(let text), .number(let text): max(0, Int(text) ?? 0)
    default: 0
    }
  }

  /// Logs once when the collector stops accepting spans, and when it accepts them again.
  private func report(_ reason: String?) {
    let before = trouble.withLock { trouble in
      defer { trouble = reason }
      return trouble
    }
    if let reason, before == nil {
      console.warn(
        "traces: spans are dropped: \(reason)",
        .topic(.tracing),
        .text(.error, reason)
      )
    } else if reason == nil, before != nil {
      console.say("traces: the collector accepts spans again", .topic(.tracing))
    }
  }
}
