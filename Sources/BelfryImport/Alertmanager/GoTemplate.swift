// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Texts of receivers that may be Go templates.
enum GoTemplate {
  /// Whether the text has a part that Alertmanager fills in.
  static func isTemplate(_ text: String) -> Bool { text.contains("{{") }

  /// Whether the text only names one of Alertmanager's default templates.
  static func isDefault(_ text: String) -> Bool {
    let words = text.split { $0.isWhitespace }
    guard words.count == 5, words[0] == "{{", words[1] == "template", words[3] == ".", words[4] == "}}" else {
      return false
    }
    return words[2].contains(".default.") || words[2].contains("__") || words[2].hasPrefix("\"default.")
  }

  /// Reports the texts that Belfry does not take over, unless they are Alertmanager's own defaults.
  static func change(_ keys: [String], in section: inout YAMLSection, _ report: inout ImportReport) {
    section.change(
      keys,
      "the message has Belfry's own text.",
      remedy: "Compare a message of `belfry preview` with those of before.",
      &report
    ) { entry in
      guard case .text(let text) = entry.node.value else { return true }
      return !text.isEmpty && !isDefault(text)
    }
  }

  /// The key `template` of a channel, for the receiver's keys of the title and the text.
  static func template(
    title: String? = nil,
    body: String? = nil,
    in section: inout YAMLSection,
    _ defaults: AlertmanagerDefaults,
    _ report: inout ImportReport
  ) -> [ImportedValue.Member] {
    let parts = [("title", title), ("body", body)].compactMap { part in part.1.map { (name: part.0, key: $0) } }
    let members = parts.compactMap { part -> ImportedValue.Member? in
      guard let entry = section.take(part.key) else { return nil }
      return translated(entry, as: part.name, defaults.templates, &report)
    }
    return members.isEmpty ? [] : [.init("template", .object(members))]
  }

  /// A text as `title` or `body` of a template; nil, with a finding unless it is a default, if it cannot be translated.
  static func translated(
    _ entry: YAMLEntry,
    as name: String,
    _ templates: GoTemplateTranslator,
    _ report: inout ImportReport
  ) -> ImportedValue.Member? {
    guard let text = entry.text(&report), !text.isEmpty, !isDefault(text) else { return nil }
    let reason: String
    do throws(GoTemplateTranslator.Untranslatable) {
      let member = ImportedValue.Member(name, .text(try templates.translate(text)))
      guard let fault = fault(in: member) else {
        report.change(
          entry.path,
          line: entry.line,
          "it is translated; markup in it is shown as it is written.",
          remedy: "Compare a message of `belfry preview` with those of before."
        )
        return member
      }
      reason = fault
    } catch {
      reason = error.reason
    }
    report.change(
      entry.path,
      line: entry.line,
      "the message has Belfry's own text, because \(reason): \(text.oneLine.prefix(longestQuote))",
      remedy: "Write it as `template` of the channel, in Belfry's language."
    )
    return nil
  }

  private static let longestQuote = 100

  /// What Belfry does not accept in a translated text.
  private static func fault(in member: ImportedValue.Member) -> String? {
    let source = SourceText(name: "template", bytes: Array(ImportedValue.object([member]).json.utf8))
    var report = Report(source: source, folder: "/")
    guard let node = JSONTree.parse(source).node else { return "it cannot be written as JSON" }
    _ = MessageTemplate.read(node, &report)
    return report.findings.first { $0.level == .error }?.message
  }
}
