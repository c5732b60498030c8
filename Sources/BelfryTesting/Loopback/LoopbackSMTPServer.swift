// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// A mail submission server on a free port of 127.0.0.1, without TLS, that stores the mails it accepts and refuses
/// others as scripted.
public final class LoopbackSMTPServer: Sendable {
  /// The behaviour of the server; by default everything succeeds.
  public struct Script: Sendable {
    /// Passwords by user name.
    ///
    /// If there are any, the server offers a login and accepts no mail without it.
    public var users: [String: String] = [:]
    /// Whether it accepts a user's access token; nil if there are no tokens.
    ///
    /// If it is set, the server accepts no mail without a login; add `XOAUTH2` or `OAUTHBEARER` to `mechanisms`.
    public var takesToken: (@Sendable (_ user: String, _ token: String) -> Bool)?
    /// Whether it gives the reason for refusing a token as a challenge (RFC 7628 §3.2.2), like Google and unlike
    /// Microsoft.
    public var challengesTokens = true
    /// The login mechanisms it offers, of `PLAIN`, `LOGIN`, `XOAUTH2` and `OAUTHBEARER`.
    public var mechanisms = ["PLAIN", "LOGIN"]
    /// Whether it offers SMTPUTF8 (RFC 6531).
    public var offersUTF8 = false
    /// Its answers to RCPT for these addresses, such as `550 5.1.1 No such user`.
    public var refusedRecipients: [String: String] = [:]
    /// Answers that replace the usual one at a stage; separate several lines by `\r\n`.
    public var answers: [Stage: String] = [:]
    /// The stages at which it stops answering but keeps the connection open.
    public var silentAt: Set<Stage> = []
    /// The stages at which it closes the connection instead of answering.
    public var closesAt: Set<Stage> = []
    /// Text sent right after the usual answer at a stage, such as an unexpected second answer.
    public var extras: [Stage: String] = [:]
    /// The stages at which it sends its entry in `answers` and then closes the connection.
    public var leavesAfter: Set<Stage> = []
    /// Whether it sends every byte separately.
    public var dribbles = false
    /// The number of mails after which it closes the connection with `421`; 0 for no limit.
    public var mailsPerConnection = 0

    var wantsLogin: Bool { !users.isEmpty || takesToken != nil }

    /// Creates a script in which everything succeeds.
    public init() {}
  }

  /// A point in the dialogue at which the server answers.
  public enum Stage: Sendable, Hashable, CaseIterable {
    /// The connection, with the greeting.
    case connection
    /// EHLO or HELO.
    case hello
    /// AUTH, after its last answer.
    case login
    /// MAIL.
    case sender
    /// RCPT.
    case recipient
    /// DATA.
    case data
    /// The message, after the final dot.
    case message
  }

  /// A mail that it accepted, or whose answer was lost.
  public struct Mail: Sendable, Hashable {
    /// The client's name in its greeting.
    public var greeting: String
    /// The user that was logged in.
    public var user: String?
    /// The envelope's sender.
    public var sender: String
    /// The envelope's accepted recipients.
    public var recipients: [String]
    /// The message: lines end in CRLF, and dot stuffing is removed.
    public var message: [UInt8]
    /// The number of its connection, counted from 1.
    public var connection: Int
    /// Whether the answer to its final dot begins with a 2.
    public var isAccepted: Bool
  }

  private let listener: LoopbackListener
  private let record = Recorder<Mail>()
  private let heard = Recorder<String>()

  /// Starts to listen.
  ///
  /// - Throws: `POSIXError` if the system cannot create the socket.
  public init(_ script: Script = Script()) throws {
    let connections = Mutex(0)
    listener = try LoopbackListener { [record, heard] connection in
      let number = connections.withLock { count in
        count += 1
        return count
      }
      var session = SMTPSession(
        connection: connection,
        number: number,
        script: script,
        hear: { heard.add($0) },
        keep: { record.add($0) }
      )
      session.serve()
    }
  }

  /// The port it listens on.
  public var port: Int { listener.port }
  /// Every message received so far.
  public var mails: [Mail] { record.all }
  /// Every command received so far, unchanged, on all connections.
  public var commands: [String] { heard.all }
  /// The number of connections so far.
  public var accepted: Int { listener.accepted }

  /// Returns after at least `count` messages, or when the task is cancelled.
  public func received(_ count: Int = 1) async { await record.reaches(count) }

  /// Stops listening and closes every connection.
  public func stop() { listener.stop() }
}
