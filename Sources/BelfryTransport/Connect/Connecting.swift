// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What makes a connection to see whether that can be done: the network, or a script in a test.
package protocol Connecting: Sendable {
  func connect(to target: ConnectTarget) async -> ConnectReply
}

/// Where a connection is made to, and how.
package struct ConnectTarget: Sendable, Hashable {
  /// A name or an address, IPv6 without brackets.
  package var host: String
  package var port: Int
  /// Whether TLS is agreed on as well, and the certificate looked at.
  package var isSecure: Bool
  /// A PEM file with the certificate authorities to trust instead of the system's; nil for the system's.
  package var certificateAuthority: String?
  /// Which addresses may be connected to; nil for any.
  package var addresses: AddressPolicy?
  /// How long it may take.
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

/// What came of making a connection.
package enum ConnectReply: Sendable, Hashable {
  /// It was made, and closed again; with TLS the certificate, which is trusted, ends then.
  case connected(certificateEnd: Instant?)
  case failed(TransportFailure)
}
