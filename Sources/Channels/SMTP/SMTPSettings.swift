// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// The settings of an `smtp` channel in `channels.json`.
public struct SMTPSettings: ChannelSettings {
  /// The submission server.
  public var server = MailServerAddress()
  /// How the connection is secured.
  public var security = LineSecurity()
  /// The user name for the login; empty for no login.
  public var username = ""
  /// The user's password.
  public var password = Secret()
  /// How to get access tokens to use instead of a password.
  public var auth: MailAuthorization?
  /// The sender.
  public var from = MailAddress()
  /// The recipients.
  public var to: [MailAddress] = []
  /// The recipients of a copy.
  public var cc: [MailAddress] = []
  /// The recipients that only the mail server is given.
  public var bcc: [MailAddress] = []
  /// Where replies go; empty for the sender.
  public var replyTo: [MailAddress] = []
  /// The name in the greeting; empty for this machine's.
  public var hello = ""
  /// Header fields of every mail besides Belfry's own.
  public var headers = MailHeaders()
  /// The text before every subject.
  public var subjectPrefix = ""
  /// The domains that sign the mails; each signs every mail.
  public var dkim: [DKIMIdentity] = []
  /// The certificate authorities to trust instead of the system's.
  public var ca = LocalPath()

  /// Creates the default settings.
  public init() {}

  /// The keys of this kind.
  public static let fields: [Field<Self>] = [
    .required("server", \.server, "Where mail is submitted.", example: "smtp://mail.example.com:587"),
    .optional(
      "security",
      \.security,
      "How the connection is secured. `none` is not allowed with a login, except on loopback."
    ),
    .optional("username", \.username, "The user name for the login; without it, there is no login.", example: "belfry"),
    .optional("password", \.password, "The password for the login.", example: "${SMTP_PASSWORD}"),
    .optional("auth", \.auth, "OAuth 2 instead of a password: how access tokens are obtained."),
    .required("from", \.from, "The sender.", example: "Belfry <belfry@example.com>"),
    .required("to", \.to, "The recipients: one address or a list.", example: "ops@example.com"),
    .optional("cc", \.cc, "The recipients of a copy: one address or a list."),
    .optional("bcc", \.bcc, "The recipients that no recipient sees: one address or a list."),
    .optional("reply_to", \.replyTo, "Where replies go: one address or a list.", example: "ops@example.com"),
    .optional("headers", \.headers, "Header fields that every mail has, by name."),
    .optional(
      "hello",
      \.hello,
      "The host name in the greeting to the server (EHLO).",
      otherwise: "this machine's full name",
      example: "belfry.example.com"
    ),
    .optional("subject_prefix", \.subjectPrefix, "The beginning of every subject.", example: "[staging]"),
    .optional("dkim", \.dkim, "The keys that sign the mails: one or a list, each a domain, a selector and a key."),
    .optional("ca", \.ca, "A PEM file with the certificate authorities to trust instead of the system's."),
  ]

  /// Checks that credentials are not sent in clear, and that the address and `security` agree.
  public func check(_ report: inout Report) {
    switch (server.scheme, security.choice) {
    case (.smtps, .startTLS?), (.smtps, MailServer.Security.none?):
      report.error("smtps:// is TLS from the first byte.", key: "security", remedy: "Remove it, or write smtp://.")
    case (.smtp, .implicit?):
      report.error("smtp:// begins in clear.", key: "security", remedy: "Write the server as smtps://host:465.")
    default: break
    }
    if !hello.isEmpty, let fault = HostName.fault(in: hello[...]) {
      report.error(fault, key: "hello", remedy: "Write a host name such as belfry.example.com.")
    }
    checkSignatures(&report)
    checkLogin(&report)
  }

  /// Checks that there is one way to log in, and none in clear.
  private func checkLogin(_ report: inout Report) {
    auth?.reportGap(of: true, &report)
    if auth != nil, !password.isEmpty {
      report.error("`auth` and `password` cannot be combined.", key: "auth", remedy: "Remove one of them.")
    }
    if auth != nil, username.isEmpty {
      report.warning("`username` is missing: nothing can be sent.", key: "auth")
    } else if auth == nil, username.isEmpty != password.isEmpty {
      let (given, missing) = username.isEmpty ? ("password", "username") : ("username", "password")
      report.warning("`\(missing)` is missing: nothing can be sent.", key: given)
    } else if !username.isEmpty, line == .none, !HostName.isLoopback(server.host) {
      report.error(
        "the \(auth == nil ? "password" : "access token") would be sent unencrypted.",
        key: "security",
        remedy: "Write \"starttls\"."
      )
    }
  }

  /// Checks the signing domains: DMARC only counts a signature of the domain in the mail's From field.
  private func checkSignatures(_ report: inout Report) {
    guard !from.isEmpty, let stranger = dkim.first(where: { !$0.isAligned(with: from.domain) }) else { return }
    report.warning(
      "the domain \(stranger.domain) is not that of `from`: DMARC ignores its signature.",
      key: "dkim",
      remedy: "Sign as \(from.domain)."
    )
  }

  /// Everyone who gets a mail.
  var recipients: [MailAddress] { to + cc + bcc }

  /// The secrets that a server might repeat and that must not be shown.
  var secrets: [Secret] { [password] + (auth?.secrets ?? []) + dkim.map(\.key) }

  /// How the connection is secured, with the default applied.
  var line: MailServer.Security { security.choice ?? (server.scheme == .smtps ? .implicit : .startTLS) }
}

/// The key `security`: a choice, or the one that the address implies.
public struct LineSecurity: FieldValue, Hashable {
  /// The configured choice; nil if there is none.
  public var choice: MailServer.Security?

  /// Creates a choice; none by default.
  public init(_ choice: MailServer.Security? = nil) { self.choice = choice }

  /// The three allowed words.
  public static var shape: FieldShape { MailServer.Security.shape }

  /// Reads one of the words.
  public static func read(_ node: JSONNode, _ report: inout Report) -> LineSecurity? {
    MailServer.Security.read(node, &report).map { LineSecurity($0) }
  }

  /// The word, or what its absence means.
  public var shown: String { choice?.shown ?? "\"starttls\" for smtp://, \"tls\" for smtps://" }
}
