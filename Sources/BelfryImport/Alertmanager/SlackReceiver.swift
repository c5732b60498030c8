// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// `slack_configs`: a channel of the kind `slack-dm` for a bot's token, and a webhook for an incoming webhook.
enum SlackReceiver: ReceiverKind {
  static let key = "slack_configs"
  static let sendsResolved = false

  /// Slack's method that posts a message with a bot's token.
  private static let method = "/chat.postMessage"
  /// The address of Slack's own methods, without a final slash.
  private static let standardAPI = "https://slack.com/api"

  static func channel(_ integration: inout Integration, _ result: inout ImportedConfiguration)
    -> [ImportedValue.Member]?
  {
    let ownHook = integration.secret("api_url", &result)
    let ownToken = integration.secret("app_token", &result)
    let (defaults, receiver) = (integration.defaults, integration.receiver)
    let api = integration.text("app_url", &result) ?? defaults.slackAPI
    // A bot's requests use the proxy of the environment, a webhook's do not.
    let connection = integration.connection(hasEnvironmentProxy: ownToken != nil, &result)
    let channel = integration.section.take("channel")
    let timeout = integration.section.duration("timeout", &result.report)
    let template = integration.template(title: "title", body: "text", &result)
    integration.replace(texts, &result)
    integration.section.change(
      ["update_message"],
      "messages are always updated where Slack permits it.",
      &result.report
    )

    let hook = ownHook ?? (ownToken == nil ? defaults.slackHook : nil)
    var members: [ImportedValue.Member]
    if let token = ownToken ?? (hook == nil ? defaults.slackToken : nil) {
      members = bot(token, api, channel, receiver, &result) + connection.connectionKeys(&result.report)
    } else if let hook, let address = hook.text, address.hasSuffix(method), let token = connection.bearer {
      members = bot(token, address, channel, receiver, &result) + connection.connectionKeys(&result.report)
    } else if let hook {
      members = self.hook(hook, channel, receiver, connection, &result)
    } else {
      result.report.lose(
        integration.section.path,
        line: integration.section.line,
        "there is neither a URL nor a token: its notifications are only written into a file.",
        remedy: "Add a channel of the kind slack-dm."
      )
      return nil
    }
    if let timeout, timeout > .zero { members.append(.init("timeout", .text(timeout.text))) }
    return members + template
  }

  /// The texts and decorations that Belfry makes itself.
  private static let texts = [
    "message_text", "username", "icon_emoji", "icon_url", "link_names", "color", "title_link", "pretext",
    "fallback", "footer", "callback_id", "fields", "short_fields", "image_url", "thumb_url", "mrkdwn_in",
    "actions",
  ]

  /// A bot posts into one conversation, which Slack knows by its id.
  private static func bot(
    _ token: ImportedSecret,
    _ api: String?,
    _ channel: YAMLEntry?,
    _ receiver: String,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member] {
    // Its own key can also be the bearer of `http_config`.
    let parts = token.isShared ? [token.name] : [receiver, "app_token"]
    let reference = token.reference(parts, "the token of the Slack app", &result)
    var members: [ImportedValue.Member] = [
      .init("kind", .text("slack-dm")), .init("token", .expression(reference)),
    ]
    let name = channel?.text(&result.report) ?? ""
    if isID(name) {
      members.append(.init("user", .text(name)))
    } else {
      let shown = name.isEmpty ? "the conversation of \(receiver)" : name
      let variable = result.variableName([receiver, "channel"], purpose: "the Slack id of \(shown)", Secret())
      members.append(.init("user", .expression("${\(variable)}")))
      result.report.lose(
        channel?.path ?? token.entry.path,
        line: channel?.line ?? token.entry.line,
        "a conversation is addressed by its id, not by a name: \(shown).",
        remedy: "Copy the id from the details of the conversation in Slack, such as C0123ABCD, into \(variable)."
      )
    }
    let address = api ?? ""
    let base = address.hasSuffix(method) ? String(address.dropLast(method.count)) : address
    if !base.isEmpty, base != standardAPI { members.append(.init("api", .text(base))) }
    return members
  }

  private static func isID(_ text: String) -> Bool {
    text.utf8.count > 2 && "CDGUW".contains(text.first ?? "-")
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
  }

  /// An incoming webhook takes plain text only here, so that no alert can mention people.
  private static func hook(
    _ url: ImportedSecret,
    _ channel: YAMLEntry?,
    _ receiver: String,
    _ connection: HTTPConnection,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member] {
    let text = ImportedValue.object([.init("type", .text("plain_text")), .init("text", .text("{{text}}"))])
    let block = ImportedValue.object([.init("type", .text("section")), .init("text", text)])
    var body: [ImportedValue.Member] = []
    if let channel, let name = channel.text(&result.report), !name.isEmpty {
      if GoTemplate.isTemplate(name) {
        result.report.lose(
          channel.path,
          line: channel.line,
          "a conversation that depends on the alert is not carried over.",
          remedy: "Write a route and a channel for each conversation."
        )
      } else {
        body.append(.init("channel", .text(name)))
      }
    }
    body.append(.init("blocks", .list([block])))
    result.report.change(
      url.entry.path,
      line: url.entry.line,
      "an incoming webhook of Slack gets plain text, and resolved alerts as messages of their own.",
      remedy: "With a bot's token, the channel kind slack-dm updates its messages and formats them."
    )
    var members: [ImportedValue.Member] = [.init("kind", .text("webhook"))]
    // Mattermost and others have hooks of the same form.
    let isPublic = url.text.flatMap(ImportedURL.host).map { !ImportedURL.isPrivate($0) } ?? true
    members += WebhookReceiver.keys(
      to: url,
      receiver,
      connection,
      isPublic: isPublic,
      &result
    )
    members.append(.init("body", .object(body)))
    // A block has at most 3,000 characters.
    members.append(.init("max_body", .number(smallestBody)))
    return members
  }

  /// The smallest limit that a webhook accepts.
  private static let smallestBody = 4096
}
