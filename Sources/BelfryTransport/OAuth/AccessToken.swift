// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A token and until when it is taken out of the store.
struct AccessToken: Sendable {
  /// What is assumed of a token that says nothing of its end.
  static let usualLifetime = Duration.seconds(300)

  let secret: Secret
  let lifetime: Duration
  /// A refresh token that takes the place of the one it was had with.
  var nextRefreshToken: Secret?

  init(secret: Secret, lifetime: Duration?, nextRefreshToken: Secret? = nil) {
    self.secret = secret
    self.lifetime = max(.zero, lifetime ?? AccessToken.usualLifetime)
    self.nextRefreshToken = nextRefreshToken
  }

  /// For how long it is used: until a minute to five before its end, so that it does not end on the way.
  ///
  /// Of one that lives for less than two minutes the first half.
  var use: Duration { max(lifetime / 2, lifetime - min(max(lifetime / 10, .seconds(60)), .seconds(300))) }
}

extension Secret {
  /// Whether it can be a token (RFC 6750 §2.1 and the VSCHAR of RFC 6749): nothing in it would break a line or a field.
  var isToken: Bool { !isEmpty && reveal().utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }
}
