// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// `webhook_configs`: a channel of the kind `webhook`.
enum WebhookReceiver: ReceiverKind {
  static let key = "webhook_configs"
  static let sendsResolved = true

  static func channel(_ integration: inout Integration, _ result: inout ImportedConfiguration)
    -> [ImportedValue.Member]?
  {
    let url = integration.secret("url", &result)
    let connection = integration.connection(&result)
    let timeout = integration.section.duration("timeout", &result.report)
    integration.section.change(
      ["max_alerts"],
      "the size of a message is limited in bytes, not in alerts.",
      remedy: "Set `max_body` of the channel if the default of 20000 is not right.",
      &result.report
    )
    let payload = integration.section.take("payload")
    guard let url else {
      result.report.lose(
        integration.section.path,
        line: integration.section.line,
        "there is no URL: its notifications are only written into a file.",
        remedy: "Add the URL to the channel."
      )
      return nil
    }
    var channel: [ImportedValue.Member] = [.init("kind", .text("webhook"))]
    channel += keys(to: url, integration.receiver, connection, &result)
    channel.append(payload.flatMap { body($0, &result.report) } ?? .init("format", .text("alertmanager")))
    if let timeout, timeout > .zero { channel.append(.init("timeout", .text(timeout.text))) }
    return channel
  }

  /// The keys of a webhook that say where it connects to, and how.
  ///
  /// A service that `isPublic` is known to be on the public internet.
  static func keys(
    to url: ImportedSecret,
    _ receiver: String,
    _ connection: HTTPConnection,
    isPublic: Bool = false,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member] {
    var url = url
    var login: [ImportedValue.Member] = []
    if let found = url.text.flatMap(ImportedURL.login) {
      url = ImportedSecret(.value(Secret(found.url)), name: url.name, url.entry, isShared: url.isShared)
      if url.isSentInClear || found.user.isEmpty || found.user.contains(":") || found.password.isEmpty {
        result.report.lose(
          url.entry.path,
          line: url.entry.line,
          "the login in the URL is left out: it needs an https URL, a user name and a password.",
          remedy: "Write the login as `auth` of the channel."
        )
      } else {
        login = [HTTPConnection.auth(found, of: receiver, line: url.entry.line, &result)]
      }
    }
    let purpose = url.isShared ? "the URL of all receivers" : "the URL of \(receiver)"
    let reference = url.reference(url.parts(of: receiver), purpose, &result)
    var members: [ImportedValue.Member] = [.init("url", .expression(reference))]
    if !isPublic { members += addresses(url, connection, &result.report) }
    var keys = connection.keys(of: receiver, to: url, &result)
    if !login.isEmpty { keys.removeAll { $0.name == "auth" } }
    return members + login + keys
  }

  /// The permission to connect to a host that is probably in a private network; a proxy needs none.
  private static func addresses(
    _ url: ImportedSecret,
    _ connection: HTTPConnection,
    _ report: inout ImportReport
  ) -> [ImportedValue.Member] {
    if connection.hasProxy { return [] }
    if let host = url.text.flatMap(ImportedURL.host) {
      return ImportedURL.isPrivate(host) ? [.init("allow_addresses", .text(host))] : []
    }
    report.change(
      url.entry.path,
      line: url.entry.line,
      "the URL is not known here: the channel connects only to the public internet.",
      remedy: "Add its host as `allow_addresses` of the channel if it is in a private network."
    )
    return []
  }

  /// The key `body` for a `payload` without templates; nil, with a finding, for any other.
  private static func body(_ payload: YAMLEntry, _ report: inout ImportReport) -> ImportedValue.Member? {
    if let value = constant(payload.node) { return .init("body", value) }
    report.lose(
      payload.path,
      line: payload.line,
      "the body has templates: the channel sends the body of Alertmanager's webhooks instead.",
      remedy: "Write it as `body` of the channel, with its placeholders."
    )
    return nil
  }

  private static func constant(_ node: YAMLNode) -> ImportedValue? {
    switch node.value {
    // A number is not distinguished from a text here.
    case .text(let text): return GoTemplate.isTemplate(text) || Double(text) != nil ? nil : .text(text)
    case .null: return .null
    case .list(let nodes):
      let values = nodes.compactMap(constant)
      return values.count == nodes.count ? .list(values) : nil
    case .mapping(let members):
      let values = members.compactMap { member in constant(member.node).map { ImportedValue.Member(member.name, $0) } }
      return values.count == members.count ? .object(values) : nil
    }
  }
}
