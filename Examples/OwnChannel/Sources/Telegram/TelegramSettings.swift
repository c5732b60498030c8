import Belfry

/// The settings of a `telegram` channel in `channels.json`.
public struct TelegramSettings: ChannelSettings {
  /// The bot's token.
  public var token = Secret()
  /// The chat that gets the messages.
  public var chat = ""
  /// The topic of a group with topics; 0 for none.
  public var topic = 0
  /// The address of the Bot API.
  public var api = WebAddress("https://api.telegram.org") ?? WebAddress()

  /// Creates the default settings.
  public init() {}

  /// The keys of this kind.
  public static let fields: [Field<Self>] = [
    .required("token", \.token, "The token that BotFather gave the bot.", example: "${TELEGRAM_TOKEN}"),
    .required("chat", \.chat, "The id of the chat, or @name of a public channel.", example: "-1001234567890"),
    .optional("topic", \.topic, in: 0...Int(Int32.max), "The topic of a group with topics; 0 for none."),
    .optional("api", \.api, "The address of the Bot API; another one for a test or a server of your own."),
  ]

  /// Reports an address where the token would cross a network in clear.
  public func check(_ report: inout Report) { report.checkConfidential(api, key: "api") }
}
