// SPDX-License-Identifier: Apache-2.0
package import Belfry

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
