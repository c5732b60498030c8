// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A request to a token endpoint (RFC 6749 §3.2), and the meaning of its answer.
struct TokenRequest: Sendable {
  private let client: OAuthClient
  private let refreshToken: Secret?

  /// A request for a token with a refresh token, or with the client's own credentials if that is nil.
  init(_ client: OAuthClient, refreshToken: Secret?) {
    self.client = client
    self.refreshToken = refreshToken
  }

  /// The request; its body holds the secrets.
  func exchange(limits: ExchangeLimits) throws(TransportFailure) -> HTTPExchange {
    let address = try RequestAddress(client.tokenURL)
    guard address.isSecure || HostName.isLoopback(address.host) else {
      throw TransportFailure(.malformed, "the token endpoint must be an https URL: secrets would be sent unencrypted")
    }
    var form = [("grant_type", refreshToken == nil ? "client_credentials" : "refresh_token"), ("client_id", client.id)]
    if !client.secret.isEmpty { form.append(("client_secret", client.secret.reveal())) }
    if let refreshToken { form.append(("refresh_token", refreshToken.reveal())) }
    if !client.scope.isEmpty { form.append(("scope", client.scope)) }
    let body = form.map { "\($0.0)=\(TokenRequest.encoded($0.1))" }.joined(separator: "&")
    return HTTPExchange(
      url: client.tokenURL,
      fields: [
        HTTPField("Content-Type", "application/x-www-form-urlencoded"), HTTPField("Accept", "application/json"),
      ],
      body: Array(body.utf8),
      limits: limits,
      certificateAuthority: client.certificateAuthority
    )
  }

  /// The token in the answer, or the failure: permanent if the operator must fix something, otherwise temporary.
  func token(in reply: Reply) -> Result<AccessToken, TransportFailure> {
    switch reply {
    case .http(let answer): token(in: answer)
    case .failed(let failure): .failure(failure.forToken)
    case .mail, .appended, .process: .failure(TransportFailure(.other, "the token endpoint gave no HTTP response"))
    }
  }

  private func token(in answer: HTTPReply) -> Result<AccessToken, TransportFailure> {
    let json = JSONTree.parse(SourceText(name: "token", bytes: answer.body)).node
    if answer.status == 200, let text = json?["access_token"]?.string {
      let secret = Secret(text)
      guard secret.isToken else { return .failure(failure(.login, "returned a token with invalid characters")) }
      let next = json?["refresh_token"]?.string.map { Secret($0) }
      let token = AccessToken(secret: secret, lifetime: json?.lifetime, nextRefreshToken: next)
      return .success(token)
    }
    let code = json?["error"]?.string ?? ""
    let said = [code, json?["error_description"]?.string ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")
    let isForNow = answer.status == 200 || answer.status == 408 || answer.status == 429 || answer.status >= 500
    let isBusy = ["temporarily_unavailable", "server_error"].contains(code)
    let words = "answered \(answer.status)" + (said.isEmpty ? " without a token" : ": \(discreet(said))")
    return .failure(failure(isForNow || isBusy ? .noToken : .login, words))
  }

  private func failure(_ kind: TransportFailure.Kind, _ words: String) -> TransportFailure {
    TransportFailure(kind, "the token endpoint of \(client.host) \(words)")
  }

  /// The server's text with our secrets removed.
  private func discreet(_ text: String) -> String {
    let secrets = [client.secret] + (refreshToken.map { [$0] } ?? [])
    return Redaction(secrets).masked(text).oneLine.truncated(to: 200)
  }

  /// Encodes text for a form (WHATWG URL §5.2).
  ///
  /// A space is written as in URLs, which every server accepts.
  private static func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2A, 0x2D, 0x2E, 0x5F: String(UnicodeScalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    .joined()
  }
}

extension OAuthClient {
  /// The scheme, host and port, for messages.
  fileprivate var host: String { tokenURL.split(separator: "/", maxSplits: 2).prefix(2).joined(separator: "//") }
}

extension JSONNode {
  /// `expires_in`, which some servers write as a string.
  fileprivate var lifetime: Duration? {
    switch self["expires_in"]?.value {
    case .number(let text), .string(let text): Double(text).map { .seconds(min(max($0, 0), 31_536_000)) }
    default: nil
    }
  }
}

extension TransportFailure {
  /// The same failure for a token request: nothing of the mail has been sent, so the outcome is certain.
  fileprivate var forToken: TransportFailure {
    switch kind {
    case .tls, .malformed, .cancelled: TransportFailure(kind, "no access token: \(message)")
    default: TransportFailure(.noToken, "no access token: \(message)")
    }
  }
}
