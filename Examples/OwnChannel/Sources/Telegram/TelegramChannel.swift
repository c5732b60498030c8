import Belfry

/// Sends notices with a bot of Telegram (core.telegram.org/bots/api): it edits the message when an alert resolves, and
/// replies to it so that people are notified.
public struct TelegramChannel: NotificationChannel {
  /// The kind `telegram`.
  public static let kind: ChannelKind = "telegram"
  /// One message a second in a chat (core.telegram.org/bots/faq).
  public static let rate: Rate? = Rate(1, per: .seconds(1))
  /// A message has 4,096 UTF-16 units; what is escaped counts less, so this is kept in any case.
  private static let limit = 4_000

  private let name: ChannelName
  private let settings: TelegramSettings

  /// Creates the channel.
  public init(name: ChannelName, settings: TelegramSettings) {
    self.name = name
    self.settings = settings
  }

  /// The chat.
  public var recipient: String { settings.chat }

  /// A message, or an edit of the earlier message that the notice continues.
  public func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing {
    guard !settings.token.isEmpty else {
      throw Uncomposable("no_token", "`token` of the channel \(name) is empty.", rejection: .operator)
    }
    guard !settings.chat.isEmpty else { throw Uncomposable("no_recipient", "`chat` of the channel \(name) is empty.") }
    if let continuation = notice.continuation, let message = continuation.root.message {
      return .http(call("editMessageText", continuation.edited) { $0.member("message_id", message) })
    }
    return .http(send(notice, replyingTo: nil))
  }

  /// Reads the answer's `ok`; the status says the rest.
  public func interpret(_ reply: Reply) -> Verdict {
    switch reply {
    case .http(let answer): verdict(answer)
    case .failed(let failure): Verdict(failure)
    case .mail, .appended, .process: .unexpected(reply)
    }
  }

  /// After an edit that people must be notified of, and after one that is not possible any more, sends a message.
  public func step(_ notice: Notice, after replies: [Reply]) -> ChannelStep {
    guard let continuation = notice.continuation, let message = continuation.root.message, replies.count == 1 else {
      return .settle(interpret(replies[replies.count - 1]))
    }
    switch interpret(replies[0]) {
    case .delivered where continuation.mustNotify, .rejected(.payload, _), .rejected(.target, _):
      return .ask(.http(send(notice, replyingTo: message)))
    case let verdict: return .settle(verdict)
    }
  }

  private func send(_ notice: Notice, replyingTo message: Int?) -> HTTPExchange {
    call("sendMessage", notice) { writer in
      if settings.topic > 0 { writer.member("message_thread_id", settings.topic) }
      guard let message else { return }
      writer.object("reply_parameters") {
        $0.member("message_id", message)
        $0.member("allow_sending_without_reply", true)
      }
    }
  }

  /// A call of the Bot API; the token is part of the URL, so the URL is sealed.
  private func call(_ method: String, _ notice: Notice, _ members: (inout JSONWriter) -> Void) -> HTTPExchange {
    let words = NoticeText(notice, times: .relative).fitted(to: Self.limit, measuring: .html)
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("chat_id", settings.chat)
      if notice.refusal == nil {
        writer.member("text", html(words))
        writer.member("parse_mode", "HTML")
      } else {
        writer.member("text", words.plain)
      }
      writer.object("link_preview_options") { $0.member("is_disabled", true) }
      members(&writer)
    }
    return HTTPExchange(
      to: "\(settings.api)/bot\(settings.token)/\(method)",
      fields: [HTTPField("Content-Type", "application/json")],
      body: writer.sealedText
    )
  }

  private func html(_ words: NoticeText) -> String {
    let head = [words.headline, words.title].filter { !$0.isEmpty }.map { "<b>\($0.htmlEscaped)</b>" }
    return (head + [words.plainBody.htmlEscaped]).filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private func verdict(_ answer: HTTPReply) -> Verdict {
    let reason = Verdict.Reason("http_\(answer.status)", "Telegram answered \(answer.status).")
    switch (answer.status, answer.json?["ok"]?.bool) {
    case (200...299, true):
      let message = answer.json?["result"]?["message_id"]?.int
      return .delivered(Receipt(message.map { ["message": String($0)] } ?? [:]))
    case (200...299, _): return .ambiguous(because: .init("unreadable_answer", "Telegram's answer has no `ok`."))
    case (429, _):
      return .retry(
        after: answer.wait(seconds: answer.json?["parameters"]?["retry_after"]) ?? answer.retryAfter,
        because: reason
      )
    // The token is part of the path, so an unknown one is not found.
    case (401, _), (404, _): return .rejected(.operator, because: reason)
    case (403, _): return .rejected(.target, because: reason)
    default: return Verdict(answer)
    }
  }
}

extension Receipt {
  /// The message that it is a receipt of.
  fileprivate var message: Int? { self["message"].flatMap { Int($0) } }
}
