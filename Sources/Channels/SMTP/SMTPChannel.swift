// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// Sends mail through a submission server.
public struct SMTPChannel: NotificationChannel {
  /// The kind `smtp`.
  public static let kind: ChannelKind = "smtp"

  /// Generous limits: mail servers deliberately delay greetings and unknown clients (RFC 5321 §4.5.3.2).
  private static let limits = ExchangeLimits(connect: .seconds(10), total: .seconds(60))

  private let name: ChannelName
  private let settings: SMTPSettings
  private let redaction: Redaction

  /// Creates the channel.
  public init(name: ChannelName, settings: SMTPSettings) {
    self.name = name
    self.settings = settings
    redaction = Redaction(settings.secrets)
  }

  /// The addresses.
  public var recipient: String { settings.recipients.map(\.address).joined(separator: ", ") }

  /// Composes one message to all recipients, or to those that do not have it yet.
  public func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing {
    try require(!settings.server.isEmpty, "no_server", "server")
    try require(!settings.from.isEmpty, "no_sender", "from")
    try require(!settings.to.isEmpty, "no_recipient", "to", rejection: .target)
    try requireLogin()
    try require(settings.dkim.allSatisfy { $0.signingKey != nil }, "no_dkim_key", "dkim.key")
    let recipients = recipients(after: notice.progress)
    if recipients.isEmpty {
      throw Uncomposable("no_recipient", "None of the remaining recipients is in `to`, `cc` or `bcc`.")
    }
    let message = MailMessage(notice, settings)
    return .mail(
      MailSubmission(
        server: server,
        sender: settings.from.address,
        recipients: recipients,
        message: message.bytes,
        messageID: message.id,
        progress: notice.progress,
        limits: SMTPChannel.limits
      )
    )
  }

  /// Reads the server's reply codes.
  public func interpret(_ reply: Reply) -> Verdict {
    switch reply {
    case .mail(let answer):
      MailAnswer(answer, redaction, login: settings.auth == nil ? "password" : "auth").verdict
    case .failed(let failure): Verdict(failure)
    case .http, .appended, .process: .unexpected(reply)
    }
  }

  private func requireLogin() throws(Uncomposable) {
    let hasProof = settings.auth != nil || !settings.password.isEmpty
    try require(settings.username.isEmpty || hasProof, "no_password", "password")
    try require(!hasProof || !settings.username.isEmpty, "no_username", "username")
    try require(settings.auth?.gap == nil, "no_grant", "auth.\(settings.auth?.gap ?? "")")
  }

  /// Requires the settings; all except the recipients are the operator's to fix.
  private func require(
    _ holds: Bool,
    _ code: String,
    _ key: String,
    rejection: Verdict.Rejection = .operator
  ) throws(Uncomposable) {
    guard holds else { throw Uncomposable(code, "`\(key)` of the channel \(name) is empty.", rejection: rejection) }
  }

  private var server: MailServer {
    MailServer(
      host: settings.server.host,
      port: settings.server.port,
      security: settings.line,
      credentials: credentials,
      certificateAuthority: settings.ca.isEmpty ? nil : settings.ca.text,
      greetingName: settings.hello.isEmpty ? nil : settings.hello
    )
  }

  private var credentials: MailServer.Credentials? {
    if settings.username.isEmpty { return nil }
    guard let grant = settings.auth?.grant else {
      return MailServer.Credentials(username: settings.username, password: settings.password)
    }
    return MailServer.Credentials(username: settings.username, grant: grant)
  }

  /// Each recipient once, even if in several lists; after a partial delivery, only those that still have to get it.
  private func recipients(after progress: Receipt?) -> [String] {
    let waiting = progress.map(MailProgress.init)?.waiting
    var seen: Set<String> = []
    return settings.recipients.map(\.address).filter { address in
      seen.insert(address).inserted && waiting?.contains(address) ?? true
    }
  }
}
