// SPDX-License-Identifier: Apache-2.0

/// How to get an access token (RFC 6749); the transport requests it when needed, and keeps it in memory only.
public enum OAuthGrant: Sendable, Hashable {
  /// With the client's own credentials (RFC 6749 §4.4).
  case clientCredentials(OAuthClient)
  /// With a refresh token that a user granted once (RFC 6749 §6).
  case refreshToken(OAuthClient, Secret)
  /// With a program that prints a token, and its arguments; no shell is involved.
  case command([String])
}

/// The client that requests access tokens, and the endpoint.
public struct OAuthClient: Sendable, Hashable {
  /// The token endpoint: `https`, or `http` to this machine.
  public var tokenURL: String
  /// The registered client ID.
  public var id: String
  /// The client secret; empty for a client that has none.
  public var secret: Secret
  /// The requested scope; empty for the server's default.
  public var scope: String
  /// A PEM file of certificate authorities to trust instead of the system's; nil for the system's.
  public var certificateAuthority: String?

  /// Creates a client.
  public init(
    tokenURL: String,
    id: String,
    secret: Secret = Secret(),
    scope: String = "",
    certificateAuthority: String? = nil
  ) {
    self.tokenURL = tokenURL
    self.id = id
    self.secret = secret
    self.scope = scope
    self.certificateAuthority = certificateAuthority
  }
}
