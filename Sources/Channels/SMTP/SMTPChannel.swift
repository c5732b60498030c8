// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// Sends mail through a submission server.
public struct SMTPChannel: NotificationChannel {
  /// The kind `smtp`.
  public static let kind: ChannelKind = "smtp"

  /// Mail servers take their time on purpose, with greetings and with what they do not know (RFC 5321 §4.5.3.2).
  private static let limits = ExchangeLimits(connect: .seconds(10), total: .seconds(60))

  private let name: ChannelName
  private let settings: SMTPSettings

  /// Creates the channel.
  public init(name: ChannelName, settings: SMTPSettings) {
    self.name = name
    self.settings = settings
  }

  /// One message to all recipients.
  public func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing {
    try require(!settings.server.isEmpty, "no_server", "server")
    try require(!settings.from.isEmpty, "no_sender", "from")
    try require(!settings.to.isEmpty, "no_recipient", "to")
    try require(settings.username.isEmpty || !settings.password.isEmpty, "no_password", "password")
    try require(settings.password.isEmpty || !settings.username.isEmpty, "no_username", "username")
    let message = MailMessage(notice, settings)
    return .mail(
      MailSubmission(
        server: server,
        sender: settings.from.address,
        recipients: recipients,
        message: message.bytes,
        messageID: message.id,
        limits: SMTPChannel.limits
      )
    )
  }

  /// Reads the server's reply codes.
  public func interpret(_ reply: Reply) -> Verdict {
    switch reply {
    case .mail(let answer): MailAnswer(answer, hiding: settings.password).verdict
    case .failed(let failure): Verdict(failure)
    case .http, .appended, .process: .unexpected(reply)
    }
  }

  private func require(_ holds: Bool, _ code: String, _ key: String) throws(Uncomposable) {
    guard holds else { throw Uncomposable(code, "`\(key)` of the channel \(name) is empty.") }
  }

  private var server: MailServer {
    MailServer(
      host: settings.server.host,
      port: settings.server.port,
      security: settings.line,
      credentials: settings.username.isEmpty
        ? nil : MailServer.Credentials(username: settings.username, password: settings.password),
      certificateAuthority: settings.ca.isEmpty ? nil : settings.ca.text
    )
  }

  /// Everyone once, also who stands in both lists.
  private var recipients: [String] {
    var seen: Set<String> = []
    return (settings.to + settings.cc).map(\.address).filter { seen.insert($0).inserted }
  }
}
