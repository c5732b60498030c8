// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The keys for the submission of mail, in `global` with the prefix `smtp_`, or in `email_configs` without.
struct MailSubmission {
  var from: String?
  var server: YAMLEntry?
  var username: String?
  var password: ImportedSecret?
  /// The key that requires CRAM-MD5.
  var sharedSecret: YAMLEntry?
  var requiresTLS: YAMLEntry?
  var isImplicit: Bool?
  var tls: YAMLEntry?
  /// The name in the greeting.
  var hello: YAMLEntry?

  init() {}

  init(_ section: inout YAMLSection, prefix: String, _ report: inout ImportReport) {
    from = section.text("\(prefix)from", &report)
    server = section.take(prefix.isEmpty ? "smarthost" : "smtp_smarthost")
    username = section.text("\(prefix)auth_username", &report)
    password = ImportedSecret(&section, "\(prefix)auth_password", isShared: !prefix.isEmpty, &report)
    sharedSecret = section.take(anyOf: ["\(prefix)auth_secret", "\(prefix)auth_secret_file"])
    requiresTLS = section.take("\(prefix)require_tls")
    isImplicit = section.flag("\(prefix)force_implicit_tls", &report)
    tls = section.take(prefix.isEmpty ? "tls_config" : "smtp_tls_config")
    hello = section.take("\(prefix)hello")
    section.lose(
      ["\(prefix)auth_identity"],
      "there is no separate identity for a login.",
      remedy: "Check that the server accepts the login of `username`.",
      &report
    )
  }

  /// The keys of this one, and of the other where this one has none; an empty text counts as none, as in Alertmanager.
  func over(_ other: MailSubmission) -> MailSubmission {
    var merged = self
    merged.from = from?.isEmpty == false ? from : other.from
    merged.server = server ?? other.server
    merged.username = username?.isEmpty == false ? username : other.username
    merged.password = password ?? other.password
    merged.sharedSecret = sharedSecret ?? other.sharedSecret
    merged.requiresTLS = requiresTLS ?? other.requiresTLS
    merged.isImplicit = isImplicit ?? other.isImplicit
    merged.tls = tls ?? other.tls
    if case .text(let name)? = hello?.node.value, !name.isEmpty {} else { merged.hello = other.hello }
    return merged
  }
}

/// `email_configs`: a channel of the kind `smtp`.
enum EmailReceiver: ReceiverKind {
  static let key = "email_configs"
  static let sendsResolved = false

  static func channel(_ integration: inout Integration, _ result: inout ImportedConfiguration)
    -> [ImportedValue.Member]?
  {
    let mail = MailSubmission(&integration.section, prefix: "", &result.report).over(integration.defaults.mail)
    let to = integration.section.take("to")
    integration.replace(["html"], &result)
    let text = integration.section.take("text").flatMap {
      GoTemplate.translated($0, as: "body", integration.defaults.templates, &result.report)
    }
    integration.section.change(["threading"], "mails about one alert or group are always one thread.", &result.report)
    let headers = integration.section.take("headers")?.namedTexts(&result.report) ?? []
    var channel: [ImportedValue.Member] = [.init("kind", .text("smtp"))]
    let section = integration.section
    guard let server = server(mail, section, &result.report) else { return nil }
    channel += server
    if let username = mail.username, !username.isEmpty {
      channel.append(.init("username", .text(username)))
      if let password = mail.password {
        let reference = integration.reference(password, "the password of the mail server", &result)
        channel.append(.init("password", .expression(reference)))
      }
    }
    guard let from = address(mail.from, "from", section, &result.report),
      let envelope = addresses(to, section, &result.report)
    else { return nil }
    channel.append(.init("from", .text(from)))
    let fields = MailFields(path: "\(section.path).headers", headers, integration.defaults.templates, &result.report)
    channel += fields.recipients(of: envelope, &result.report) + fields.others
    let template = [fields.title, text].compactMap(\.self)
    if !template.isEmpty { channel.append(.init("template", .object(template))) }
    if let hello = hello(mail, &result.report) { channel.append(.init("hello", .text(hello))) }
    if let tls = mail.tls { channel += HTTPConnection.tls(tls, isMail: true, &result.report) }
    return channel
  }

  /// The name in the greeting, unless it is Alertmanager's default.
  private static func hello(_ mail: MailSubmission, _ report: inout ImportReport) -> String? {
    guard let entry = mail.hello, let name = entry.text(&report), name != "localhost" else { return nil }
    guard let fault = HostName.fault(in: name[...]) else { return name }
    report.lose(
      entry.path,
      line: entry.line,
      fault,
      remedy: "Belfry greets the mail server with this machine's full name; write another as `hello`."
    )
    return nil
  }

  /// The server with its security; nil, with a finding, if none is named.
  private static func server(
    _ mail: MailSubmission,
    _ section: YAMLSection,
    _ report: inout ImportReport
  ) -> [ImportedValue.Member]? {
    guard let entry = mail.server, let text = entry.text(&report), let colon = text.lastIndex(of: ":") else {
      report.lose(
        section.path,
        line: section.line,
        "no mail server is named: its notifications are only written into a file.",
        remedy: "Set `smarthost` to host:port, and import again."
      )
      return nil
    }
    if let secret = mail.sharedSecret {
      report.lose(
        secret.path,
        line: secret.line,
        "a login with CRAM-MD5 is not supported.",
        remedy: "Add a password to the channel, if the server accepts one."
      )
    }
    let (host, port) = (text[..<colon], text[text.index(after: colon)...])
    let isImplicit = mail.isImplicit ?? (port == "465")
    let server = ImportedValue.Member("server", .text("\(isImplicit ? "smtps" : "smtp")://\(text)"))
    guard !isImplicit, let requires = mail.requiresTLS, requires.flag(&report) == false else { return [server] }
    let isHere = HostName.isLoopback(String(host))
    guard isHere || (mail.username ?? "").isEmpty else {
      report.lose(
        requires.path,
        line: requires.line,
        "Belfry sends no password to another machine without TLS.",
        remedy: "The channel uses STARTTLS; check that \(host) offers it."
      )
      return [server]
    }
    if !isHere {
      report.change(
        requires.path,
        line: requires.line,
        "mails are sent without TLS, even if the server offers it.",
        remedy: "Remove \"security\" if \(host) offers STARTTLS."
      )
    }
    return [server, .init("security", .text("none"))]
  }

  private static func address(
    _ text: String?,
    _ key: String,
    _ section: YAMLSection,
    _ report: inout ImportReport
  ) -> String? {
    if let text, !text.isEmpty, !GoTemplate.isTemplate(text) { return text }
    report.lose(
      section.path(of: key),
      line: section.line,
      text?.isEmpty == false ? "an address with a template cannot be carried over." : "no address is given.",
      remedy: "Its notifications are only written into a file. Write the address into the channel."
    )
    return nil
  }

  private static func addresses(
    _ entry: YAMLEntry?,
    _ section: YAMLSection,
    _ report: inout ImportReport
  ) -> [String]? {
    guard let text = address(entry?.text(&report), "to", section, &report) else { return nil }
    return MailFields.separated(text)
  }
}
