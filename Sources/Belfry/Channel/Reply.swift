// SPDX-License-Identifier: Apache-2.0

/// The reply to an `Outgoing`.
///
/// The channel decides what it means, in `interpret`.
public enum Reply: Sendable, Hashable {
  case http(HTTPReply)
  case mail(MailReply)
  /// The lines are in the file and synced to the disk.
  case appended
  /// A program ran and ended, in whatever way.
  case process(ProcessReply)
  /// No answer: the exchange did not complete.
  case failed(TransportFailure)
}

/// The answer to an HTTP request.
public struct HTTPReply: Sendable, Hashable {
  /// The status code, such as 200.
  public var status: Int
  /// The header fields in order, with names in lower case.
  public var fields: [(name: String, value: String)] { zip(names, values).map { ($0, $1) } }
  private var names: [String]
  private var values: [String]
  /// The complete body; one over the exchange's limit is a failure instead.
  public var body: [UInt8]

  /// Creates an answer.
  public init(status: Int, fields: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.names = fields.map { $0.name.lowercased() }
    self.values = fields.map(\.value)
    self.body = body
  }

  /// The first field with that name, in any case.
  public subscript(name: String) -> String? {
    names.firstIndex(of: name.lowercased()).map { values[$0] }
  }
}

/// The mail server's last answer, and its answer to each recipient.
public struct MailReply: Sendable, Hashable {
  /// The reply code of RFC 5321 §4.2, such as 250; 0 if the server did not answer.
  public var code: Int
  /// The text after the code, including the enhanced status code (RFC 3463).
  public var text: String
  /// The accepted recipients; the code shows whether the mail was accepted for them.
  public var accepted: [String]
  /// The refused recipients, with the server's answer to each.
  ///
  /// Empty if all were accepted.
  public var refused: [Refusal]
  /// The `messageID` of the submission.
  public var messageID: String
  /// The `progress` of the submission.
  public var progress: Receipt?

  /// The server's answer to a refused recipient.
  public struct Refusal: Sendable, Hashable {
    /// The bare address.
    public var recipient: String
    /// The reply code, such as 550.
    public var code: Int
    /// The text after the code.
    public var text: String
    /// Creates a refusal.
    public init(recipient: String, code: Int, text: String) {
      self.recipient = recipient
      self.code = code
      self.text = text
    }
  }

  /// Creates an answer.
  public init(
    code: Int,
    text: String,
    accepted: [String] = [],
    refused: [Refusal] = [],
    messageID: String = "",
    progress: Receipt? = nil
  ) {
    self.code = code
    self.text = text
    self.accepted = accepted
    self.refused = refused
    self.messageID = messageID
    self.progress = progress
  }
}

/// The reason why an exchange did not complete.
public struct TransportFailure: Error, Hashable, CustomStringConvertible {
  /// The kind of failure, as far as it decides the next step.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The host name could not be resolved.
    case nameNotFound = "name_not_found"
    /// No connection: refused, unreachable, or too slow to connect.
    case notConnected = "not_connected"
    /// The certificate is not trusted or is for another name, or TLS negotiation failed.
    case tls = "tls"
    /// The server refused the login, or offers no safe way to log in.
    case login = "login"
    /// A configured secret cannot be sent: it contains a character that would break the exchange's framing.
    case unusableSecret = "unusable_secret"
    /// No access token is available for now: the token server is unreachable or failing.
    case noToken = "no_token"
    /// The time ran out before the request was sent.
    case timedOutBeforeSending = "timed_out_before_sending"
    /// The request was sent; it is unknown whether it was carried out.
    case timedOutAfterSending = "timed_out_after_sending"
    /// The connection broke after the request was sent.
    case connectionLost = "connection_lost"
    /// The peer's answers do not fit the request, and nothing had been sent.
    case outOfStep = "out_of_step"
    case replyTooLarge = "reply_too_large"
    /// The host has no permitted address.
    case addressRefused = "address_refused"
    /// A program could not be started.
    case notStarted = "not_started"
    /// The path leads out of the folder that it is confined to.
    case pathEscapes = "path_escapes"
    /// The disk is full (ENOSPC, EDQUOT).
    case diskFull = "disk_full"
    /// Another file error, such as a permission or a folder in the way.
    case file = "file"
    /// The composed request cannot be sent: a malformed URL, a header with a line break.
    case malformed = "malformed"
    /// Belfry cancelled it.
    case cancelled = "cancelled"
    case other = "other"
  }

  /// What went wrong.
  public var kind: Kind
  /// The message for people; it contains no secret.
  public var message: String

  /// Creates a failure.
  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// The kind and the message.
  public var description: String { "\(kind.rawValue): \(message)" }
}
