// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryTransport

extension ExchangeLimits {
  /// Limits that only a hang reaches, however busy the machine is.
  package static let patient = ExchangeLimits(connect: .seconds(600), total: .seconds(600))
}

extension Outgoing {
  /// The same request with time limits that only a hang reaches, however busy the machine is.
  package var patient: Outgoing {
    switch self {
    case .http(var exchange):
      exchange.limits.connect = ExchangeLimits.patient.connect
      exchange.limits.total = ExchangeLimits.patient.total
      return .http(exchange)
    case .mail(var mail):
      mail.limits.connect = ExchangeLimits.patient.connect
      mail.limits.total = ExchangeLimits.patient.total
      return .mail(mail)
    case .append: return self
    case .process(var run):
      run.limits.total = ExchangeLimits.patient.total
      return .process(run)
    }
  }
}

/// Sends with time limits that only a hang reaches, for code under test that sets its own.
package struct PatientTransport: Transport {
  private let transport: any Transport

  package init(_ transport: any Transport) { self.transport = transport }

  package func connect(for outgoing: Outgoing) async -> TransportFailure? {
    await transport.connect(for: outgoing.patient)
  }

  package func send(_ batch: [Outgoing]) async -> [Reply] { await transport.send(batch.map(\.patient)) }
}
