// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryConfiguration
package import BelfryTransport
internal import ServiceLifecycle

/// Requests a URL while the notifier is healthy, so that an external monitor notices when it stops.
package struct Pulse: Sendable {
  private let settings: PulseSettings
  private let redaction: Redaction
  private let vitals: Vitals
  private let transport: any Transport
  private let time: any TimeSource
  private let console: Console

  package init(
    settings: PulseSettings,
    vitals: Vitals,
    transport: any Transport,
    time: any TimeSource,
    console: Console
  ) {
    self.settings = settings
    redaction = Redaction(settings.url.secrets + settings.httpOptions.secrets)
    self.vitals = vitals
    self.transport = transport
    self.time = time
    self.console = console
  }

  /// Sends pulses until it is asked to stop.
  package func run() async {
    await cancelWhenGracefulShutdown {
      var trouble: String?
      while !Task.isCancelled {
        let now = await beat()
        if now != trouble { report(now) }
        trouble = now
        do { try await time.sleep(for: settings.every.duration) } catch { return }
      }
    }
  }

  private func report(_ trouble: String?) {
    guard let trouble else { return console.say("pulse: working again", .topic(.pulse)) }
    console.warn("pulse: \(trouble)", .topic(.pulse), .text(.error, trouble))
  }

  /// Sends one pulse.
  ///
  /// - Returns: the reason why none was sent or received; nil if all is well.
  package func beat() async -> String? {
    let ailing = vitals.ailing(at: time.elapsed())
    guard ailing.isEmpty else {
      let parts = ailing.map(\.rawValue).joined(separator: " and the ")
      return "the \(parts) made no progress for \(Vitals.patience.text), so no pulse is sent"
    }
    if let trouble = vitals.troubles.first { return "\(trouble) No pulse is sent" }
    switch await transport.send(.http(exchange)) {
    case .http(let reply) where (200..<300).contains(reply.status): return nil
    case .http(let reply): return "\(settings.url.shownHost) answered HTTP \(reply.status)"
    case .failed(let failure): return redaction.masked(failure.message)
    case .mail, .appended, .process: return "\(settings.url.shownHost) gave no HTTP response"
    }
  }

  // Anyone who knows the whole URL can fake a pulse, so only its host is shown.
  private var exchange: HTTPExchange {
    HTTPExchange(
      method: "GET",
      to: settings.url,
      addresses: settings.addresses.policy,
      limits: ExchangeLimits(replyBytes: 64 << 10),
      certificateAuthority: settings.ca?.absolute
    )
    .applying(settings.httpOptions)
  }
}
