// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Imports an `alertmanager.yml`.
package enum AlertmanagerImporter {
  /// The largest file that is read.
  package static let maximumBytes = YAMLNode.maximumBytes

  /// Converts the text of an `alertmanager.yml`.
  ///
  /// `files` gives the texts of the files that match an entry of `templates`.
  ///
  /// - Throws: `YAMLProblem` if the text is not YAML, or not a mapping.
  package static func read(
    _ text: String,
    files: (_ pattern: String) -> [String] = { _ in [] }
  ) throws(YAMLProblem) -> ImportedConfiguration {
    try convert(try YAMLNode.read(text), ImportReport(), files: files)
  }

  /// Converts the content of an `alertmanager.yml`, after the findings of a report.
  static func convert(
    _ node: YAMLNode,
    _ report: ImportReport,
    files: (_ pattern: String) -> [String] = { _ in [] }
  ) throws(YAMLProblem) -> ImportedConfiguration {
    var result = ImportedConfiguration()
    result.report = report
    guard case .mapping = node.value,
      var top = YAMLSection(YAMLEntry(path: "", line: node.line, node: node), &result.report)
    else { throw YAMLProblem(line: node.line, text: "this is \(node.kindName), but a mapping is expected") }

    var defaults = AlertmanagerDefaults(top.section("global", &result.report), &result)
    readTemplates(&top, files, &defaults.templates, &result.report)
    let receivers = ReceiverImporter.read(top.elements("receivers", &result.report), defaults, &result)
    let intervals = IntervalImporter(&top, &result.report)
    guard let route = top.section("route", &result.report) else {
      throw YAMLProblem(line: node.line, text: "there is no route")
    }
    let tree = TreeImporter(receivers: receivers, intervals: intervals)
    result.routes = [tree.read(route, &result)].compactMap(\.self)
    if result.channelCount == 0 {
      result.report.change(
        "receivers",
        line: node.line,
        "no receiver notifies anybody. There is a channel that nothing uses, because channels.json needs one.",
        remedy: "Add channels and routes to them."
      )
      _ = result.addChannel(like: "journal") { _ in
        [.init("kind", .text("file")), .init("path", .text("var/notifications.jsonl"))]
      }
    }
    result.inhibit = InhibitionImporter.read(top.elements("inhibit_rules", &result.report), &result.report)
    loseTheRest(&top, &result.report)
    var server = [ImportedValue.Member("listen", .text("127.0.0.1:9093"))]
    if let timeout = defaults.resolveTimeout { server.append(.init("resolve_timeout", .text(timeout.text))) }
    // Each alert is paced by its group alone, as in Alertmanager.
    result.settings = [.init("cooldown", .text("0s")), .init("server", .object(server))]
    return result
  }

  /// Reads the template files, so that texts that name their templates can be translated.
  private static func readTemplates(
    _ top: inout YAMLSection,
    _ files: (String) -> [String],
    _ templates: inout GoTemplateTranslator,
    _ report: inout ImportReport
  ) {
    guard let entry = top.take("templates") else { return }
    for pattern in entry.texts(&report) ?? [] {
      let found = files(pattern)
      if found.isEmpty {
        report.change(
          entry.path,
          line: entry.line,
          "there is no file \(pattern) here: texts that use its templates are not translated.",
          remedy: "Put the files where alertmanager.yml refers to them, and import again."
        )
      }
      for file in found {
        do throws(GoTemplateTranslator.Untranslatable) {
          try templates.read(file)
        } catch {
          report.change(
            entry.path,
            line: entry.line,
            "a file of \(pattern) is not read to its end, because \(error.reason).",
            remedy: "Compare the messages with those of before."
          )
        }
      }
    }
  }

  private static func loseTheRest(_ top: inout YAMLSection, _ report: inout ImportReport) {
    top.lose(
      ["tracing"],
      "traces are not carried over.",
      remedy: "Add \"tracing\" with the address of your collector; OTLP over HTTP only.",
      &report
    )
    top.lose(
      ["event_recorder"],
      "events are not sent elsewhere.",
      remedy: "The audit log records each delivery attempt and each action of an operator.",
      &report
    )
    top.finish(&report)
  }
}

/// The keys of `global`: what receivers have in common.
struct AlertmanagerDefaults {
  var resolveTimeout: Duration?
  var mail: MailSubmission
  var slackHook: ImportedSecret?
  var slackToken: ImportedSecret?
  var slackAPI: String?
  /// How each HTTP receiver connects that does not say itself.
  var http: YAMLEntry?
  /// The templates of the template files.
  var templates = GoTemplateTranslator()
  private var secrets: [String: ImportedSecret] = [:]
  private var texts: [String: String] = [:]

  init(_ section: YAMLSection?, _ result: inout ImportedConfiguration) {
    guard var section else {
      mail = MailSubmission()
      return
    }
    resolveTimeout = section.duration("resolve_timeout", &result.report)
    mail = MailSubmission(&section, prefix: "smtp_", &result.report)
    slackHook = ImportedSecret(&section, "slack_api_url", isShared: true, &result.report)
    slackToken = ImportedSecret(&section, "slack_app_token", isShared: true, &result.report)
    slackAPI = section.text("slack_app_url", &result.report)
    http = section.take("http_config")
    for name in AlertmanagerDefaults.secretKeys {
      secrets[name] = ImportedSecret(&section, name, isShared: true, &result.report)
    }
    for name in AlertmanagerDefaults.textKeys { texts[name] = section.text(name, &result.report) }
    section.change(
      AlertmanagerDefaults.othersKeys,
      "a default of receivers that are not carried over.",
      &result.report
    )
    section.finish(&result.report)
  }

  /// A secret of a service.
  func secret(_ name: String) -> ImportedSecret? { secrets[name] }
  /// The address of a service.
  func text(_ name: String) -> String? { texts[name] }

  private static let secretKeys = [
    "victorops_api_key", "opsgenie_api_key", "rocketchat_token", "rocketchat_token_id", "telegram_bot_token",
    "mattermost_webhook_url",
  ]
  private static let textKeys = [
    "victorops_api_url", "pagerduty_url", "opsgenie_api_url", "rocketchat_api_url", "telegram_api_url", "webex_api_url",
  ]
  /// The defaults of receivers that are not imported.
  private static let othersKeys = [
    "jira_api_url", "wechat_api_url", "wechat_api_secret", "wechat_api_secret_file", "wechat_api_corp_id",
  ]
}
