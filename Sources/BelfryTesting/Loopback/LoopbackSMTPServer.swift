// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// A mail submission server on a free port of 127.0.0.1, without TLS, that keeps what it accepts and refuses as it is
/// told.
public final class LoopbackSMTPServer: Sendable {
  /// How the server behaves; all that is not set goes well.
  public struct Script: Sendable {
    /// Passwords by user name.
    ///
    /// When there is any, the server offers to log in and takes no mail without it.
    public var users: [String: String] = [:]
    /// Whether it takes an access token of a user's; nil where there are no tokens.
    ///
    /// When it is set, the server takes no mail without a login either; name `XOAUTH2` or `OAUTHBEARER` in `mechanisms`.
    public var takesToken: (@Sendable (_ user: String, _ token: String) -> Bool)?
    /// Whether it tells as a challenge why it refuses a token (RFC 7628 §3.2.2), as Google does and Microsoft does not.
    public var challengesTokens = true
    /// The mechanisms it offers, of `PLAIN`, `LOGIN`, `XOAUTH2` and `OAUTHBEARER`.
    public var mechanisms = ["PLAIN", "LOGIN"]
    /// Whether it offers SMTPUTF8 (RFC 6531).
    public var offersUTF8 = false
    /// What it answers to RCPT for these addresses, such as `550 5.1.1 No such user`.
    public var refusedRecipients: [String: String] = [:]
    /// What it answers at a stage instead of what is usual; several lines are separated by `\r\n`.
    public var answers: [Stage: String] = [:]
    /// The stages at which it says nothing more but keeps the connection.
    public var silentAt: Set<Stage> = []
    /// The stages at which it closes the connection instead of answering.
    public var closesAt: Set<Stage> = []
    /// What it sends right after a usual answer at a stage, such as a second answer that nothing asked for.
    public var extras: [Stage: String] = [:]
    /// The stages at which it sends what `answers` says and then closes the connection.
    public var leavesAfter: Set<Stage> = []
    /// Whether it sends every byte on its own.
    public var dribbles = false
    /// After how many mails it closes the connection by itself, with `421`; 0 for never.
    public var mailsPerConnection = 0

    var wantsLogin: Bool { !users.isEmpty || takesToken != nil }

    /// A server at which all goes well.
    public init() {}
  }

  /// What it answers to.
  public enum Stage: Sendable, Hashable, CaseIterable {
    /// The connection, with the greeting.
    case connection
    /// EHLO or HELO.
    case hello
    /// AUTH, with its last answer.
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

  /// A mail that it accepted, or whose answer it lost.
  public struct Mail: Sendable, Hashable {
    /// What the client called itself.
    public var greeting: String
    /// Who had logged in.
    public var user: String?
    /// The envelope's sender.
    public var sender: String
    /// The envelope's accepted recipients.
    public var recipients: [String]
    /// The message, lines ended by CRLF, the dots that were stuffed taken away.
    public var message: [UInt8]
    /// Which connection it came on, counted from 1.
    public var connection: Int
    /// Whether the answer to its final dot begins with a 2.
    public var isAccepted: Bool
  }

  private let listener: LoopbackListener
  private let record = Recorder<Mail>()
  private let heard = Recorder<String>()

  /// Begins to listen.
  ///
  /// - Throws: `POSIXError` when the system gives no socket.
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
  /// Every message it took in so far.
  public var mails: [Mail] { record.all }
  /// Every command it was given so far, as it came, on all connections.
  public var commands: [String] { heard.all }
  /// How many connections were made to it so far.
  public var accepted: Int { listener.accepted }

  /// Returns when it took in at least so many messages, or the task was cancelled.
  public func received(_ count: Int = 1) async { await record.reaches(count) }

  /// Stops listening and cuts every connection.
  public func stop() { listener.stop() }
}
