// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// `discord_configs`: mentions are switched off.
enum DiscordReceiver: ReceiverKind {
  static let key = "discord_configs"
  static let sendsResolved = true

  static func channel(
    _ section: inout YAMLSection,
    receiver: String,
    _ defaults: AlertmanagerDefaults,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member]? {
    let url = ImportedSecret(&section, "webhook_url", &result.report)
    let template = GoTemplate.template(title: "title", body: "message", in: &section, defaults, &result.report)
    GoTemplate.change(["content"], in: &section, &result.report)
    let shown = section.constants([("username", "username"), ("avatar_url", "avatar_url")], &result.report)
    let body: [ImportedValue.Member] = [
      .init("content", .text(ServiceWebhook.blockWithoutMentions)),
      .init("allowed_mentions", .object([.init("parse", .list([]))])),
    ]
    return ServiceWebhook(service: "Discord")
      .channel(&section, url: url, receiver: receiver, defaults, body: body + shown, &result).map { $0 + template }
  }
}

/// `mattermost_configs`: the text is shown as it is, so it mentions nobody.
enum MattermostReceiver: ReceiverKind {
  static let key = "mattermost_configs"
  static let sendsResolved = true

  static func channel(
    _ section: inout YAMLSection,
    receiver: String,
    _ defaults: AlertmanagerDefaults,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member]? {
    let url = ImportedSecret(&section, "webhook_url", &result.report) ?? defaults.secret("mattermost_webhook_url")
    let template = GoTemplate.template(title: "title", body: "text", in: &section, defaults, &result.report)
    GoTemplate.change(texts, in: &section, &result.report)
    let places = section.constants(
      [("channel", "channel"), ("username", "username"), ("icon_url", "icon_url"), ("icon_emoji", "icon_emoji")],
      &result.report
    )
    let body: [ImportedValue.Member] = [.init("text", .text(ServiceWebhook.blockWithoutMentions))]
    return ServiceWebhook(service: "Mattermost").channel(
      &section,
      url: url,
      shared: "mattermost_webhook_url",
      receiver: receiver,
      defaults,
      body: places + body,
      &result
    ).map { $0 + template }
  }

  private static let texts = [
    "fallback", "color", "title_link", "pretext", "author_name", "author_link", "author_icon",
    "fields",
    "thumb_url", "footer", "footer_icon", "image_url", "attachments", "type", "props", "priority",
  ]
}

/// `rocketchat_configs`: a message by its API, with a token.
enum RocketChatReceiver: ReceiverKind {
  static let key = "rocketchat_configs"
  static let sendsResolved = true

  static func channel(
    _ section: inout YAMLSection,
    receiver: String,
    _ defaults: AlertmanagerDefaults,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member]? {
    let service = ServiceWebhook(service: "Rocket.Chat")
    let address = section.text("api_url", &result.report) ?? defaults.text("rocketchat_api_url")
    let token = ImportedSecret(&section, "token", &result.report) ?? defaults.secret("rocketchat_token")
    let user = ImportedSecret(&section, "token_id", &result.report) ?? defaults.secret("rocketchat_token_id")
    let template = GoTemplate.template(title: "title", body: "text", in: &section, defaults, &result.report)
    GoTemplate.change(texts, in: &section, &result.report)
    let places = section.constants([("channel", "channel"), ("emoji", "emoji")], &result.report)
    guard let token, let user, let address else {
      _ = HTTPConnection(&section, receiver: receiver, defaults, &result)
      return service.missing("API URL, token and token id", section, &result)
    }
    let headers: [ImportedValue.Member] = [
      .init(
        "X-Auth-Token",
        .expression(token.reference([receiver, "token"], "Rocket.Chat's token of \(receiver)", &result))
      ),
      .init(
        "X-User-Id",
        .expression(user.reference([receiver, "token_id"], "Rocket.Chat's token id of \(receiver)", &result))
      ),
    ]
    let text = ImportedValue.Member("text", .text(ServiceWebhook.blockWithoutMentions))
    return service.channel(
      &section,
      address: address,
      receiver: receiver,
      defaults,
      headers: headers,
      body: .init("body", .object(places + [text])),
      &result
    ).map { $0 + template }
  }

  private static let texts = [
    "color", "title_link", "icon_url", "image_url", "thumb_url", "link_names", "fields",
    "short_fields",
    "actions",
  ]
}

/// `msteamsv2_configs`: an adaptive card whose texts are plain.
enum TeamsReceiver: ReceiverKind {
  static let key = "msteamsv2_configs"
  static let sendsResolved = true

  static func channel(
    _ section: inout YAMLSection,
    receiver: String,
    _ defaults: AlertmanagerDefaults,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member]? {
    let url = ImportedSecret(&section, "webhook_url", &result.report)
    let template = GoTemplate.template(title: "title", body: "text", in: &section, defaults, &result.report)
    // A text block would read Markdown; a text run does not.
    let card: [ImportedValue.Member] = [
      .init("type", .text("AdaptiveCard")), .init("version", .text("1.4")),
      .init("$schema", .text("http://adaptivecards.io/schemas/adaptive-card.json")),
      .init("body", .list([run("{{title|cut:500}}", isBold: true), run("{{text|cut:10000}}", isBold: false)])),
    ]
    let attachment: [ImportedValue.Member] = [
      .init("contentType", .text("application/vnd.microsoft.card.adaptive")), .init("content", .object(card)),
    ]
    let body: [ImportedValue.Member] = [
      .init("type", .text("message")), .init("attachments", .list([.object(attachment)])),
    ]
    return ServiceWebhook(service: "Teams")
      .channel(&section, url: url, receiver: receiver, defaults, body: body, &result).map { $0 + template }
  }

  private static func run(_ text: String, isBold: Bool) -> ImportedValue {
    var run: [ImportedValue.Member] = [.init("type", .text("TextRun")), .init("text", .text(text))]
    if isBold { run.append(.init("weight", .text("bolder"))) }
    return .object([.init("type", .text("RichTextBlock")), .init("inlines", .list([.object(run)]))])
  }
}

/// `telegram_configs`: without `parse_mode`, so that nothing is markup.
enum TelegramReceiver: ReceiverKind {
  static let key = "telegram_configs"
  static let sendsResolved = true

  static func channel(
    _ section: inout YAMLSection,
    receiver: String,
    _ defaults: AlertmanagerDefaults,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member]? {
    let service = ServiceWebhook(service: "Telegram")
    let address = section.text("api_url", &result.report) ?? defaults.text("telegram_api_url")
    let token = ImportedSecret(&section, "bot_token", &result.report) ?? defaults.secret("telegram_bot_token")
    let chat = ImportedSecret(&section, "chat_id", &result.report)
    let thread = section.text("message_thread_id", &result.report).flatMap(Int.init)
    let isQuiet = section.flag("disable_notifications", &result.report) ?? false
    let template = GoTemplate.template(body: "message", in: &section, defaults, &result.report)
    GoTemplate.change(["parse_mode"], in: &section, &result.report)
    guard let token, let chat else {
      _ = HTTPConnection(&section, receiver: receiver, defaults, &result)
      return service.missing("bot token and chat id", section, &result)
    }
    let parts = token.isShared ? ["telegram_bot_token"] : [receiver, "bot_token"]
    let reference = token.reference(parts, "the token of the Telegram bot", &result)
    let chatID: ImportedValue =
      if let text = chat.text { Int(text).map { .number($0) } ?? .text(text) } else {
        .expression(chat.reference([receiver, "chat_id"], "Telegram's chat id of \(receiver)", &result))
      }
    var body: [ImportedValue.Member] = [
      .init("chat_id", chatID), .init("text", .text(ServiceWebhook.textWithoutMentions)),
      .init("link_preview_options", .object([.init("is_disabled", .flag(true))])),
    ]
    if let thread { body.append(.init("message_thread_id", .number(thread))) }
    if isQuiet { body.append(.init("disable_notification", .flag(true))) }
    return service.channel(
      &section,
      address: address ?? "https://api.telegram.org",
      path: "/bot\(reference)/sendMessage",
      receiver: receiver,
      defaults,
      body: .init("body", .object(body)),
      &result
    ).map { $0 + template }
  }
}

/// `webex_configs`: the member `text` is plain.
enum WebexReceiver: ReceiverKind {
  static let key = "webex_configs"
  static let sendsResolved = true

  static func channel(
    _ section: inout YAMLSection,
    receiver: String,
    _ defaults: AlertmanagerDefaults,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member]? {
    let service = ServiceWebhook(service: "Webex")
    let address = section.text("api_url", &result.report) ?? defaults.text("webex_api_url")
    let room = section.constant("room_id", &result.report)
    let template = GoTemplate.template(body: "message", in: &section, defaults, &result.report)
    guard let room else {
      _ = HTTPConnection(&section, receiver: receiver, defaults, &result)
      return service.missing("room", section, &result)
    }
    let body: [ImportedValue.Member] = [.init("roomId", .text(room)), .init("text", .text(ServiceWebhook.text))]
    return service.channel(
      &section,
      address: address ?? "https://webexapis.com/v1/messages",
      receiver: receiver,
      defaults,
      body: .init("body", .object(body)),
      &result
    ).map { $0 + template }
  }
}

/// `pushover_configs`: a message that is urgent while alerts fire.
enum PushoverReceiver: ReceiverKind {
  static let key = "pushover_configs"
  static let sendsResolved = true

  static func channel(
    _ section: inout YAMLSection,
    receiver: String,
    _ defaults: AlertmanagerDefaults,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member]? {
    let service = ServiceWebhook(service: "Pushover")
    let user = ImportedSecret(&section, "user_key", &result.report)
    let token = ImportedSecret(&section, "token", &result.report)
    let template = GoTemplate.template(title: "title", body: "message", in: &section, defaults, &result.report)
    GoTemplate.change(["html", "monospace"], in: &section, &result.report)
    let priority = section.constant("priority", &result.report) ?? "{{status|map:'firing=2,*=0'}}"
    let retry = section.duration("retry", &result.report) ?? .seconds(60)
    let expire = section.duration("expire", &result.report) ?? .seconds(3600)
    let ttl = section.duration("ttl", &result.report)
    let others = section.constants(
      [("url", "url"), ("url_title", "url_title"), ("device", "device"), ("sound", "sound")],
      &result.report
    )
    guard let user, let token else {
      _ = HTTPConnection(&section, receiver: receiver, defaults, &result)
      return service.missing("user key and token", section, &result)
    }
    var body: [ImportedValue.Member] = [
      .init("token", .expression(token.reference([receiver, "token"], "Pushover's token of \(receiver)", &result))),
      .init(
        "user",
        .expression(user.reference([receiver, "user_key"], "Pushover's user key of \(receiver)", &result))
      ),
      .init("title", .text("{{title|cut:250}}")), .init("message", .text("{{text|cut:1000}}")),
      .init("priority", .text(priority)), .init("retry", .number(Int(retry / .seconds(1)))),
      .init("expire", .number(Int(expire / .seconds(1)))),
    ]
    if let ttl { body.append(.init("ttl", .number(Int(ttl / .seconds(1))))) }
    return service.channel(
      &section,
      address: "https://api.pushover.net/1/messages.json",
      receiver: receiver,
      defaults,
      body: .init("body", .object(body + others)),
      &result
    ).map { $0 + template }
  }
}
