// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// `headers` of `email_configs`: the header fields that Alertmanager writes.
///
/// There, they say nothing about who gets a mail: it goes to the addresses of `to`, and the fields `To`, `Cc` and `Bcc` only
/// show addresses. Here, a mail goes to the addresses that it shows, and to those of `bcc`.
struct MailFields {
  /// The addresses that a field shows.
  private struct Shown {
    var path: String
    var line: Int
    var addresses: [String]
  }

  private var to: Shown?
  private var cc: Shown?
  private var bcc: Shown?
  /// The keys for the other fields.
  private(set) var others: [ImportedValue.Member] = []

  /// The title of the channel's template, for a subject.
  private(set) var title: ImportedValue.Member?

  init(
    path: String,
    _ headers: [(name: String, line: Int, node: YAMLNode, text: String)],
    _ templates: GoTemplateTranslator,
    _ report: inout ImportReport
  ) {
    var fields: [ImportedValue.Member] = []
    for header in headers {
      let path = "\(path).\(header.name)"
      let shown = Shown(path: path, line: header.line, addresses: MailFields.separated(header.text))
      let name = header.name.lowercased()
      if name == "subject" {
        let entry = YAMLEntry(path: path, line: header.line, node: header.node)
        title = GoTemplate.translated(entry, as: "title", templates, &report)
        continue
      }
      guard !GoTemplate.isTemplate(header.text) else {
        report.lose(
          path,
          line: header.line,
          "a header field that depends on the alert is not carried over.",
          remedy: "Check that nobody filters mails by it."
        )
        continue
      }
      switch name {
      case "to": to = shown
      case "cc": cc = shown
      case "bcc": bcc = shown
      case "reply-to" where !shown.addresses.isEmpty && shown.addresses.allSatisfy({ $0.contains("@") }):
        others.append(.init("reply_to", .texts(shown.addresses)))
      case _ where MailFields.written.contains(name) || name.hasPrefix("content-"):
        report.lose(
          path,
          line: header.line,
          name == "reply-to" ? "this is not an address." : "Belfry writes this header field itself.",
          remedy: "Check that nobody filters mails by it."
        )
      default: fields.append(.init(header.name, .text(header.text)))
      }
    }
    if !fields.isEmpty { others.append(.init("headers", .object(fields))) }
  }

  /// The keys `to`, `cc` and `bcc` for the addresses that get the mail.
  func recipients(of envelope: [String], _ report: inout ImportReport) -> [ImportedValue.Member] {
    func shown(_ field: Shown?) -> [String] {
      let keys = Set((field?.addresses ?? []).map(MailFields.key))
      return envelope.filter { keys.contains(MailFields.key($0)) }
    }
    var main = to == nil ? envelope.filter { !(shown(cc) + shown(bcc)).contains($0) } : shown(to)
    var copies = shown(cc).filter { !main.contains($0) }
    var hidden = envelope.filter { !main.contains($0) && !copies.contains($0) }
    // A mail needs an address that it shows.
    if main.isEmpty { swap(&main, &copies) }
    if main.isEmpty { swap(&main, &hidden) }
    let reached = Set(envelope.map(MailFields.key))
    for shown in [to, cc, bcc].compactMap(\.self) {
      let strangers = shown.addresses.filter { !reached.contains(MailFields.key($0)) }
      guard !strangers.isEmpty else { continue }
      report.change(
        shown.path,
        line: shown.line,
        "Alertmanager only shows \(strangers.joined(separator: ", ")) and sends no mail there: it is left out.",
        remedy: "Add it to `to`, `cc` or `bcc` of the channel if it should get the mails."
      )
    }
    return [("to", main), ("cc", copies), ("bcc", hidden)].filter { !$0.1.isEmpty }.map { .init($0.0, .texts($0.1)) }
  }

  /// The address alone, by which two are compared.
  private static func key(_ address: String) -> String {
    let inner = address.split(separator: "<").last.map { $0.split(separator: ">").first ?? $0 } ?? ""
    return String(inner).trimmed.lowercased()
  }

  /// The addresses of a list as in a mail's header: a comma in quotes separates nothing.
  static func separated(_ text: String) -> [String] {
    var parts = [""]
    var isQuoted = false
    for character in text {
      if character == "\"" { isQuoted.toggle() }
      if character == ",", !isQuoted { parts.append("") } else { parts[parts.count - 1].append(character) }
    }
    return parts.map { String($0.trimmed) }.filter { !$0.isEmpty }
  }

  /// The fields that Belfry or a mail server writes, in lower case.
  private static let written: Set<String> = [
    "date", "from", "sender", "message-id", "in-reply-to", "references", "mime-version", "auto-submitted",
    "x-auto-response-suppress", "dkim-signature", "return-path", "received",
    "reply-to",
  ]
}
