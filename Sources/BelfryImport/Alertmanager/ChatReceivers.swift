// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// `discord_configs`: mentions are switched off.
enum DiscordReceiver: ReceiverKind {
  static let key = "discord_configs"
  static let sendsResolved = true

  static func channel(_ integration: inout Integration, _ result: inout ImportedConfiguration)
    -> [ImportedValue.Member]?
  {
    let url = integration.secret("webhook_url", &result)
    let template = integration.template(title: "title", body: "message", &result)
    integration.replace(["content"], &result)
    let shown = integration.section.constants([("username", "username"), ("avatar_url", "avatar_url")], &result.report)
    let body: [ImportedValue.Member] = [
      .init("content", .text(ServiceWebhook.blockWithoutMentions)),
      .init("allowed_mentions", .object([.init("parse", .list([]))])),
    ]
    return ServiceWebhook(service: "Discord")
      .channel(&integration, url: url, body: body + shown, template: template, &result)
  }
}

/// `mattermost_configs`: the text is shown as it is, so it mentions nobody.
enum MattermostReceiver: ReceiverKind {
  static let key = "mattermost_configs"
  static let sendsResolved = true

  static func channel(_ integration: inout Integration, _ result: inout ImportedConfiguration)
    -> [ImportedValue.Member]?
  {
    let url = integration.secret("webhook_url", orGlobal: "mattermost_webhook_url", &result)
    let template = integration.template(title: "title", body: "text", &result)
    integration.replace(texts, &result)
    let places = integration.section.constants(
      [("channel", "channel"), ("username", "username"), ("icon_url", "icon_url"), ("icon_emoji", "icon_emoji")],
      &result.report
    )
    let body: [ImportedValue.Member] = [.init("text", .text(ServiceWebhook.blockWithoutMentions))]
    return ServiceWebhook(service: "Mattermost")
      .channel(&integration, url: url, body: places + body, template: template, &result)
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

  static func channel(_ integration: inout Integration, _ result: inout ImportedConfiguration)
    -> [ImportedValue.Member]?
  {
    let service = ServiceWebhook(service: "Rocket.Chat")
    let address = integration.text("api_url", orGlobal: "rocketchat_api_url", &result)
    let token = integration.secret("token", orGlobal: "rocketchat_token", &result)
    let user = integration.secret("token_id", orGlobal: "rocketchat_token_id", &result)
    let template = integration.template(title: "title", body: "text", &result)
    integration.replace(texts, &result)
    let places = integration.section.constants([("channel", "channel"), ("emoji", "emoji")], &result.report)
    guard let token, let user, let address else {
      return service.missing("API URL, token and token id", &integration, &result)
    }
    let headers: [ImportedValue.Member] = [
      .init(
        "X-Auth-Token",
        .expression(integration.reference(token, "Rocket.Chat's token", &result))
      ),
      .init(
        "X-User-Id",
        .expression(integration.reference(user, "Rocket.Chat's token id", &result))
      ),
    ]
    let text = ImportedValue.Member("text", .text(ServiceWebhook.blockWithoutMentions))
    return service.channel(
      &integration,
      address: address,
      headers: headers,
      body: places + [text],
      template: template,
      &result
    )
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

  static func channel(_ integration: inout Integration, _ result: inout ImportedConfiguration)
    -> [ImportedValue.Member]?
  {
    let url = integration.secret("webhook_url", &result)
    let template = integration.template(title: "title", body: "text", &result)
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
      .channel(&integration, url: url, body: body, template: template, &result)
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

  static func channel(_ integration: inout Integration, _ result: inout ImportedConfiguration)
    -> [ImportedValue.Member]?
  {
    let service = ServiceWebhook(service: "Telegram")
    let address = integration.text("api_url", orGlobal: "telegram_api_url", &result)
    let token = integration.secret("bot_token", orGlobal: "telegram_bot_token", &result)
    let chat = integration.secret("chat_id", &result)
    let thread = integration.section.text("message_thread_id", &result.report).flatMap(Int.init)
    let isQuiet = integration.section.flag("disable_notifications", &result.report) ?? false
    let template = integration.template(body: "message", &result)
    integration.replace(["parse_mode"], &result)
    guard let token, let chat else {
      return service.missing("bot token and chat id", &integration, &result)
    }
    let reference = integration.reference(token, "the token of the Telegram bot", &result)
    let chatID: ImportedValue =
      if let text = chat.text { Int(text).map { .number($0) } ?? .text(text) } else {
        .expression(integration.reference(chat, "Telegram's chat id of \(integration.receiver)", &result))
      }
    var body: [ImportedValue.Member] = [
      .init("chat_id", chatID), .init("text", .text(ServiceWebhook.textWithoutMentions)),
      .init("link_preview_options", .object([.init("is_disabled", .flag(true))])),
    ]
    if let thread { body.append(.init("message_thread_id", .number(thread))) }
    if isQuiet { body.append(.init("disable_notification", .flag(true))) }
    return service.channel(
      &integration,
      address: address ?? "https://api.telegram.org",
      path: "bot\(reference)/sendMessage",
      body: body,
      template: template,
      &result
    )
  }
}

/// `webex_configs`: the member `text` is plain.
enum WebexReceiver: ReceiverKind {
  static let key = "webex_configs"
  static let sendsResolved = true

  static func channel(_ integration: inout Integration, _ result: inout ImportedConfiguration)
    -> [ImportedValue.Member]?
  {
    let service = ServiceWebhook(service: "Webex")
    let address = integration.text("api_url", orGlobal: "webex_api_url", &result)
    let room = integration.section.constant("room_id", &result.report)
    let template = integration.template(body: "message", &result)
    guard let room else {
      return service.missing("room", &integration, &result)
    }
    let body: [ImportedValue.Member] = [.init("roomId", .text(room)), .init("text", .text(ServiceWebhook.text))]
    return service.channel(
      &integration,
      address: address ?? "https://webexapis.com/v1/messages",
      body: body,
      template: template,
      &result
    )
  }
}

/// `pushover_configs`: a message that is urgent while alerts fire.
enum PushoverReceiver: ReceiverKind {
  static let key = "pushover_configs"
  static let sendsResolved = true

  static func channel(_ integration: inout Integration, _ result: inout ImportedConfiguration)
    -> [ImportedValue.Member]?
  {
    let service = ServiceWebhook(service: "Pushover")
    let user = integration.secret("user_key", &result)
    let token = integration.secret("token", &result)
    let template = integration.template(title: "title", body: "message", &result)
    integration.replace(["html", "monospace"], &result)
    let priority = integration.section.constant("priority", &result.report) ?? "{{status|map:'firing=2,*=0'}}"
    let retry = integration.section.duration("retry", &result.report) ?? .seconds(60)
    let expire = integration.section.duration("expire", &result.report) ?? .seconds(3600)
    let ttl = integration.section.duration("ttl", &result.report)
    let others = integration.section.constants(
      [("url", "url"), ("url_title", "url_title"), ("device", "device"), ("sound", "sound")],
      &result.report
    )
    guard let user, let token else {
      return service.missing("user key and token", &integration, &result)
    }
    var body: [ImportedValue.Member] = [
      .init("token", .expression(integration.reference(token, "Pushover's token of \(integration.receiver)", &result))),
      .init(
        "user",
        .expression(integration.reference(user, "Pushover's user key of \(integration.receiver)", &result))
      ),
      .init("title", .text("{{title|cut:250}}")), .init("message", .text("{{text|cut:1000}}")),
      .init("priority", .text(priority)), .init("retry", .number(Int(retry / .seconds(1)))),
      .init("expire", .number(Int(expire / .seconds(1)))),
    ]
    if let ttl { body.append(.init("ttl", .number(Int(ttl / .seconds(1))))) }
    return service.channel(
      &integration,
      address: "https://api.pushover.net/1/messages.json",
      body: body + others,
      template: template,
      &result
    )
  }
}
