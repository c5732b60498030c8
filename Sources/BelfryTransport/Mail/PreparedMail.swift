// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A validated mail: nothing in its envelope or lines would break the dialogue's framing.
struct PreparedMail: Sendable {
  let submission: MailSubmission
  /// The access token to log in with; nil for another login or none.
  let token: Secret?
  /// Whether only a server that supports SMTPUTF8 may receive it (RFC 6531 §3.2).
  let isInternational: Bool
  /// The server's URL.
  ///
  /// Its path is the name used in the greeting, as libcurl expects.
  let url: String
  /// The server's name in messages.
  let place: String

  init(_ submission: MailSubmission, token: Secret? = nil, greetingName: String) throws(TransportFailure) {
    let server = submission.server
    guard !server.host.isEmpty, server.host.utf8.allSatisfy(\.isHostCharacter), (1...65535).contains(server.port) else {
      throw TransportFailure(.malformed, "the mail server's host or port cannot be used")
    }
    guard !submission.recipients.isEmpty else { throw TransportFailure(.malformed, "the mail has no recipient") }
    guard ([submission.sender] + submission.recipients).allSatisfy(\.isBareAddress), !submission.recipients.contains("")
    else { throw TransportFailure(.malformed, "an address contains a space, a bracket or a control character") }
    guard hasWholeLinesOnly(submission.message) else {
      // A bare CR or LF can smuggle a second mail past a server that reads line ends differently.
      throw TransportFailure(.malformed, "the message contains a NUL, or a CR or LF that is not part of a CRLF")
    }
    if let credentials = server.credentials {
      guard !credentials.username.utf8.contains(0), !(credentials.password?.reveal() ?? "").utf8.contains(0) else {
        throw TransportFailure(.unusableSecret, "the user name or the password contains a NUL")
      }
    }
    if let name = server.greetingName, let fault = HostName.fault(in: name[...]) {
      throw TransportFailure(.malformed, "the name in the greeting cannot be used: \(fault)")
    }
    let scheme = server.security == .implicit ? "smtps" : "smtp"
    let host = server.host.contains(":") && !server.host.hasPrefix("[") ? "[\(server.host)]" : server.host
    self.submission = submission
    self.token = token
    isInternational = !([submission.sender] + submission.recipients).allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }
    url = "\(scheme)://\(host):\(server.port)/\(server.greetingName ?? greetingName)"
    place = "\(server.host) port \(server.port)"
  }
}

private func hasWholeLinesOnly(_ message: [UInt8]) -> Bool {
  var previous: UInt8 = 0
  for byte in message {
    if byte == 0 || (byte == UInt8(ascii: "\n")) != (previous == UInt8(ascii: "\r")) { return false }
    previous = byte
  }
  return previous != UInt8(ascii: "\r")
}

extension MailServer.Credentials {
  /// The password; nil if a token is used.
  var password: Secret? { if case .password(let password) = proof { password } else { nil } }
  /// The token's grant; nil if a password is used.
  var grant: OAuthGrant? { if case .token(let grant) = proof { grant } else { nil } }
}

extension String {
  /// Whether it can stand between the angle brackets of MAIL and RCPT.
  fileprivate var isBareAddress: Bool {
    utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
  }
}

extension UInt8 {
  /// Whether it may appear in a host name or address.
  ///
  /// Characters that would end the host in a URL may not.
  fileprivate var isHostCharacter: Bool {
    self > 0x20 && self != 0x7F && !"/@?#\\%".utf8.contains(self)
  }
}
