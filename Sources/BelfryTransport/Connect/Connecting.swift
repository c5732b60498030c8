// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Opens a connection to check that it is possible: over the network, or scripted in tests.
package protocol Connecting: Sendable {
  func connect(to target: ConnectTarget) async -> ConnectReply
}

/// The target of a test connection, and how to connect.
package struct ConnectTarget: Sendable, Hashable {
  /// A host name or an IP address (IPv6 without brackets).
  package var host: String
  package var port: Int
  /// Whether to negotiate TLS and check the certificate.
  package var isSecure: Bool
  /// A PEM file of certificate authorities to trust instead of the system's; nil for the system's.
  package var certificateAuthority: String?
  /// Which addresses may be connected to; nil for any.
  package var addresses: AddressPolicy?
  /// The time limit for connecting.
  package var limit: Duration

  package init(
    host: String,
    port: Int,
    isSecure: Bool,
    certificateAuthority: String? = nil,
    addresses: AddressPolicy? = nil,
    limit: Duration
  ) {
    self.host = host
    self.port = port
    self.isSecure = isSecure
    self.certificateAuthority = certificateAuthority
    self.addresses = addresses
    self.limit = limit
  }
}

extension ConnectTarget {
  /// The host that a request goes to; nil if it goes to none, or to one that only a proxy may reach.
  init?(of outgoing: Outgoing, isProxied: Bool) {
    switch outgoing {
    case .http(let exchange):
      // What is wrong with an address, the request itself shows.
      guard !exchange.isProxied(byEnvironment: isProxied), let address = ConnectTarget.address(of: exchange),
        let port = Int(address.port)
      else { return nil }
      let host = address.host.hasPrefix("[") ? String(address.host.dropFirst().dropLast()) : address.host
      self.init(host: host, port: port, isSecure: false, addresses: exchange.addresses, limit: exchange.limits.connect)
    case .mail(let mail):
      self.init(host: mail.server.host, port: mail.server.port, isSecure: false, limit: mail.limits.connect)
    case .append, .process: return nil
    }
  }

  private static func address(of exchange: HTTPExchange) -> RequestAddress? {
    do throws(TransportFailure) { return try PreparedRequest.address(of: exchange) } catch { return nil }
  }
}

/// The result of a test connection.
package enum ConnectReply: Sendable, Hashable {
  /// Connected, then closed again. With TLS, the trusted certificate expires at `certificateEnd`.
  case connected(certificateEnd: Instant?)
  case failed(TransportFailure)
}

extension HTTPExchange {
  /// Whether it may go through a proxy; with an address policy none is used.
  fileprivate func isProxied(byEnvironment hasProxy: Bool) -> Bool {
    guard addresses == nil else { return false }
    return switch proxy {
    case .environment: hasProxy
    case .direct: false
    case .through: true
    }
  }
}
