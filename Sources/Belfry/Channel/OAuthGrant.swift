// SPDX-License-Identifier: Apache-2.0

/// How an access token is had (RFC 6749), which the transport does when it needs one: it keeps it in memory alone.
public enum OAuthGrant: Sendable, Hashable {
  /// The client's own right (RFC 6749 §4.4).
  case clientCredentials(OAuthClient)
  /// A right that someone gave once, and that is renewed (RFC 6749 §6).
  case refreshToken(OAuthClient, Secret)
  /// A program that prints a token, with its arguments; no shell reads them.
  case command([String])
}

/// Who asks for access tokens, and where.
public struct OAuthClient: Sendable, Hashable {
  /// The token endpoint: `https`, or `http` to this machine.
  public var tokenURL: String
  /// The name that it is registered under.
  public var id: String
  /// What proves it; empty for a client that has none.
  public var secret: Secret
  /// What the token is to be good for; empty for what the server thinks fit.
  public var scope: String
  /// A PEM file with the certificate authorities to trust instead of the system's; nil for the system's.
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
