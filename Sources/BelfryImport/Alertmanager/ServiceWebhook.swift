// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A webhook whose body is one that a service reads.
///
/// Texts of alerts are values of plain texts in it. A service that finds mentions or markup in plain texts gets them without
/// the characters that make those.
struct ServiceWebhook {
  /// The service's name.
  let service: String
  /// The text of the message for a service that takes it as it is.
  static let text = "{{text|cut:3500}}"
  /// The text without mentions.
  static let textWithoutMentions = "{{text|replace:'@','＠'|cut:3500}}"
  /// The text in a block of Markdown that is shown as it is, and the link after it.
  static let blockWithoutMentions = "```\n{{text|replace:'`',''|replace:'@','＠'|cut:1900}}\n```\n{{link}}"

  /// The channel for a hook whose URL is a secret.
  func channel(
    _ integration: inout Integration,
    url: ImportedSecret?,
    body: [ImportedValue.Member],
    template: [ImportedValue.Member],
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member]? {
    guard let url else { return missing("URL", &integration, &result) }
    let connection = integration.connection(&result)
    note(integration.section, &result)
    let isPublic = url.text.flatMap(ImportedURL.host).map { !ImportedURL.isPrivate($0) } ?? true
    let keys = WebhookReceiver.keys(to: url, integration.receiver, connection, isPublic: isPublic, &result)
    return [.init("kind", .text("webhook"))] + keys + [.init("body", .object(body))] + template
  }

  /// The channel for a service with a well-known address.
  ///
  /// `path` follows after a slash; it may contain variables. `headers` are added to those of `http_config`.
  func channel(
    _ integration: inout Integration,
    address: String,
    path: String? = nil,
    headers: [ImportedValue.Member] = [],
    body: [ImportedValue.Member],
    template: [ImportedValue.Member],
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member]? {
    let connection = integration.connection(&result)
    let section = integration.section
    let place = YAMLEntry(path: section.path, line: section.line, node: YAMLNode(value: .null, line: section.line))
    let url = ImportedSecret(.value(Secret(address)), name: "url", place)
    guard let host = ImportedURL.host(address), !url.isSentInClear else {
      result.report.lose(
        section.path,
        line: section.line,
        "Belfry sends no secrets to another machine without TLS: its notifications are only written into a file.",
        remedy: "Write an https URL, and import again."
      )
      return nil
    }
    note(section, &result)
    var base = address.replacing("${", with: "$${")
    if let path { base += (base.hasSuffix("/") ? "" : "/") + path }
    var members: [ImportedValue.Member] = [.init("kind", .text("webhook")), .init("url", .expression(base))]
    if ImportedURL.isPrivate(host), !connection.hasProxy { members.append(.init("allow_addresses", .text(host))) }
    var keys = connection.keys(of: integration.receiver, to: url, &result)
    if !headers.isEmpty {
      var all = headers
      if let index = keys.firstIndex(where: { $0.name == "headers" }) {
        if case .object(let others) = keys.remove(at: index).value { all += others }
      }
      keys.insert(.init("headers", .object(all)), at: 0)
    }
    return members + keys + [.init("body", .object(body))] + template
  }

  /// Reports a key without which there is no channel.
  func missing(
    _ noun: String,
    _ integration: inout Integration,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member]? {
    _ = integration.connection(&result)
    result.report.lose(
      integration.section.path,
      line: integration.section.line,
      "there is no \(noun) for \(service): its notifications are only written into a file.",
      remedy: "Add it, and import again."
    )
    return nil
  }

  private func note(_ section: YAMLSection, _ result: inout ImportedConfiguration) {
    result.report.change(
      section.path,
      line: section.line,
      "\(service) gets plain text, from a webhook with a body.",
      remedy: "Compare a message of `belfry test` with those of before, and change `body` of the channel."
    )
  }
}

extension YAMLSection {
  /// Takes a text that does not depend on the alert; one that does is reported.
  mutating func constant(_ name: String, _ report: inout ImportReport) -> String? {
    guard let entry = take(name), let text = entry.text(&report), !text.isEmpty, !GoTemplate.isDefault(text) else {
      return nil
    }
    guard GoTemplate.isTemplate(text) else { return text }
    report.change(
      entry.path,
      line: entry.line,
      "it depends on the alert: the channel does without it.",
      remedy: "Write it into `body` of the channel, with its placeholders."
    )
    return nil
  }

  /// Members for those of the keys that are texts which do not depend on the alert.
  mutating func constants(
    _ names: [(key: String, member: String)],
    _ report: inout ImportReport
  ) -> [ImportedValue.Member] {
    var members: [ImportedValue.Member] = []
    for name in names {
      if let text = constant(name.key, &report) { members.append(.init(name.member, .text(text))) }
    }
    return members
  }
}
