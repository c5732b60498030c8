// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A token and the time until which the store returns it.
struct AccessToken: Sendable {
  /// The assumed lifetime of a token that does not state one.
  static let usualLifetime = Duration.seconds(300)

  let secret: Secret
  let lifetime: Duration
  /// A refresh token that replaces the one used to get this token.
  var nextRefreshToken: Secret?

  init(secret: Secret, lifetime: Duration?, nextRefreshToken: Secret? = nil) {
    self.secret = secret
    self.lifetime = max(.zero, lifetime ?? AccessToken.usualLifetime)
    self.nextRefreshToken = nextRefreshToken
  }

  /// How long it is used: until 1 to 5 minutes before it expires, so that it does not expire in transit.
  ///
  /// A token that lives less than two minutes is used for the first half of that time.
  var use: Duration { max(lifetime / 2, lifetime - min(max(lifetime / 10, .seconds(60)), .seconds(300))) }
}

extension Secret {
  /// Whether it can be a token (RFC 6750 §2.1 and VSCHAR of RFC 6749): nothing in it would break a line or a field.
  var isToken: Bool { !isEmpty && reveal().utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }
}
