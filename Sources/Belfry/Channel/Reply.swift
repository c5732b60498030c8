// SPDX-License-Identifier: Apache-2.0

/// What came back for an `Outgoing`.
///
/// What it means is for the channel to say, in `interpret`.
public enum Reply: Sendable, Hashable {
  case http(HTTPReply)
  case mail(MailReply)
  /// The lines are in the file and synced to the disk.
  case appended
  /// A program that ran to its end, however that came.
  case process(ProcessReply)
  /// No answer: the exchange did not come to its end.
  case failed(TransportFailure)
}

/// The answer to an HTTP request.
public struct HTTPReply: Sendable, Hashable {
  /// The status code, such as 200.
  public var status: Int
  /// Header fields in the order they came, names in lower case.
  public var fields: [(name: String, value: String)] { zip(names, values).map { ($0, $1) } }
  private var names: [String]
  private var values: [String]
  /// The whole body; one over the limit of the exchange is a failure instead.
  public var body: [UInt8]

  /// Creates an answer.
  public init(status: Int, fields: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.names = fields.map { $0.name.lowercased() }
    self.values = fields.map(\.value)
    self.body = body
  }

  /// The first field of that name, whatever its case.
  public subscript(name: String) -> String? {
    names.firstIndex(of: name.lowercased()).map { values[$0] }
  }
}

/// What the mail server said last, and what it said to each recipient.
public struct MailReply: Sendable, Hashable {
  /// The reply code of RFC 5321 §4.2, such as 250; 0 when the server said nothing.
  public var code: Int
  /// The text after the code, the enhanced status code (RFC 3463) included.
  public var text: String
  /// The recipients the server accepted; the code says whether the mail was taken for them.
  public var accepted: [String]
  /// The recipients the server refused, with its answer to each.
  ///
  /// Empty when all were accepted.
  public var refused: [Refusal]
  /// The `messageID` of what was submitted.
  public var messageID: String
  /// The `progress` of what was submitted.
  public var progress: Receipt?

  /// What the server said to one recipient that it refused.
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

/// Why an exchange did not come to its end.
public struct TransportFailure: Error, Hashable, CustomStringConvertible {
  /// What went wrong, as far as it decides what to do next.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The name could not be looked up.
    case nameNotFound = "name_not_found"
    /// No connection: refused, unreachable, or too slow to connect.
    case notConnected = "not_connected"
    /// The certificate is not trusted, is for another name, or TLS could not be agreed on.
    case tls = "tls"
    /// The server refused the login, or offers no way of logging in that is safe.
    case login = "login"
    /// A secret that is set cannot be sent: it holds a character that would break the exchange's frame.
    case unusableSecret = "unusable_secret"
    /// No access token could be had for now: the server that gives them is not there, or not well.
    case noToken = "no_token"
    /// Time ran out before the request had left.
    case timedOutBeforeSending = "timed_out_before_sending"
    /// The request had left; whether it was carried out is not known.
    case timedOutAfterSending = "timed_out_after_sending"
    /// The connection broke after the request had left.
    case connectionLost = "connection_lost"
    /// The other side's answers do not fit what was asked, and nothing of the request had left.
    case outOfStep = "out_of_step"
    case replyTooLarge = "reply_too_large"
    /// The host has no address that may be connected to.
    case addressRefused = "address_refused"
    /// A program could not be started.
    case notStarted = "not_started"
    /// The path leads out of the folder that it is confined to.
    case pathEscapes = "path_escapes"
    /// The disk is full (ENOSPC, EDQUOT).
    case diskFull = "disk_full"
    /// Another error of a file: permission, a folder in the way.
    case file = "file"
    /// The request as composed cannot be sent: a malformed URL, a header with a line break.
    case malformed = "malformed"
    /// We stopped it ourselves.
    case cancelled = "cancelled"
    case other = "other"
  }

  /// What went wrong.
  public var kind: Kind
  /// For a person to read; holds no secret.
  public var message: String

  /// Creates a failure.
  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// The kind and the message.
  public var description: String { "\(kind.rawValue): \(message)" }
}
