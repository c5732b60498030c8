// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// The key `auth`: how to get access tokens to use instead of a password.
public typealias MailAuthorization = Authorization<MailAuthorizationChoice>

/// The ways to get a token.
public enum MailAuthorizationChoice: String, AuthorizationChoice {
  case clientCredentials = "client_credentials"
  case refreshToken = "refresh_token"
  case command

  /// A token for the client itself.
  public static let usual = MailAuthorizationChoice.clientCredentials

  /// What the word means.
  public var way: AuthorizationWay {
    switch self {
    case .clientCredentials: .clientCredentials
    case .refreshToken: .refreshToken
    case .command: .command
    }
  }
}
