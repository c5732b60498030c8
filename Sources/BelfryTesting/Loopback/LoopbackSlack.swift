// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Synchronization

/// Slack's `chat.postMessage`, `chat.update` and the methods that read a conversation, on a free port of 127.0.0.1, as docs.slack.dev describes it.
///
/// It checks the method, the path, the token, the content type, the JSON and the limits of what it is sent, and answers
/// with Slack's own errors. It can be told to have troubles.
///
/// ```swift
/// let slack = try LoopbackSlack(token: "xoxb-1")
/// slack.trouble(.rateLimited(retryAfter: 1), times: 2)
/// ```
public final class LoopbackSlack: Sendable {
  /// A message that was posted.
  public struct Message: Sendable, Hashable {
    /// The user or channel id that it was sent to.
    public var recipient: String
    /// The conversation it is in: a user's direct messages have a `D…` of their own.
    public var channel: String
    /// Slack's name for the message in that conversation.
    public var ts: String
    /// The text, cut to what Slack keeps.
    public var text: String
    /// The body of the request, of the last one that changed it.
    public var body: [UInt8]
    /// The message in whose thread it is; nil for one that stands by itself.
    public var thread: String?
    /// How often it was edited.
    public var edits = 0
    /// The delivery that its metadata names.
    var delivery: String?
  }

  /// What can go wrong.
  public enum Trouble: Sendable, Hashable {
    /// Status 429, with `Retry-After` in seconds.
    case rateLimited(retryAfter: Int)
    /// A status with a body that is not Slack's, as from a proxy.
    case status(Int)
    /// `"ok": false` with this error.
    case error(String)
    /// The message is posted and answered, after a wait.
    case slow(Duration)
    /// The message is posted, and the answer never comes.
    case silent
    /// The message is posted, and the connection is closed without an answer.
    case answerLost
    /// The connection is closed, and nothing is posted.
    case closed
  }

  private struct State {
    var messages: [Message] = []
    var troubles: [Trouble] = []
  }

  private let token: String
  private let recipients: Set<String>?
  private let refused: Set<String>
  private let state = Mutex(State())
  private let server = Mutex<LoopbackHTTPServer?>(nil)

  /// Begins to listen.
  ///
  /// - Parameters:
  ///   - token: The one token that it takes.
  ///   - recipients: The ids it knows; nil for all that look like one.
  ///   - refused: Methods for which the app has no scope, such as `conversations.history`.
  /// - Throws: `POSIXError` when the system gives no socket.
  public init(token: String, recipients: Set<String>? = nil, refusing refused: Set<String> = []) throws {
    self.token = token
    self.refused = refused
    self.recipients = recipients
    let server = try LoopbackHTTPServer { [weak self] in self?.answer($0) ?? .closed }
    self.server.withLock { $0 = server }
  }

  deinit { stop() }

  /// What a channel's `api` is to be set to.
  public var api: String { "http://127.0.0.1:\(server.withLock { $0?.port ?? 0 })/api" }
  /// Every message that was posted, in order.
  public var messages: [Message] { state.withLock(\.messages) }
  /// Every request, also those that were refused.
  public var requests: [LoopbackRequest] { server.withLock { $0?.requests ?? [] } }
  /// How many connections were made to it so far.
  public var accepted: Int { server.withLock { $0?.accepted ?? 0 } }

  /// Lets the next requests meet trouble; what was said before comes first.
  public func trouble(_ trouble: Trouble, times: Int = 1) {
    state.withLock { $0.troubles += Array(repeating: trouble, count: times) }
  }

  /// Lets the troubles that nobody met yet be over.
  public func endTroubles() { state.withLock { $0.troubles = [] } }

  /// Returns when it was asked at least so often, or the task was cancelled.
  public func received(_ count: Int = 1) async { await server.withLock { $0 }?.received(count) }

  /// Stops listening and cuts every connection.
  public func stop() { server.withLock { $0 }?.stop() }

  private func answer(_ request: LoopbackRequest) -> LoopbackAnswer {
    let trouble = state.withLock { $0.troubles.isEmpty ? nil : $0.troubles.removeFirst() }
    switch trouble {
    case nil: return post(request)
    case .rateLimited(let seconds):
      return .reply(429, #"{"ok":false,"error":"ratelimited"}"#, fields: [("Retry-After", "\(seconds)")])
    case .status(let status): return .reply(status, "<html>trouble</html>", fields: [("Content-Type", "text/html")])
    case .error(let code): return .refusal(code)
    case .slow(let wait): return .delayed(wait, post(request))
    case .closed: return .closed
    case .silent, .answerLost:
      guard case .reply(200, _, _) = post(request) else { return .closed }
      return trouble == .silent ? .silent : .closed
    }
  }

  private func post(_ request: LoopbackRequest) -> LoopbackAnswer {
    let check = SlackRequest(request)
    if let error = check.error(token: token, recipients: recipients) { return .refusal(error) }
    if let method = check.method, refused.contains(method.rawValue) { return .refusal("missing_scope") }
    switch check.method {
    case .update: return edit(check, request)
    case .open: return .opened(LoopbackSlack.conversation(of: check.users))
    case .history: return .listed(messages.filter { $0.channel == check.recipient && $0.thread == nil })
    case .replies:
      let thread = messages.filter { $0.channel == check.recipient && ($0.thread == check.ts || $0.ts == check.ts) }
      return thread.isEmpty ? .refusal("thread_not_found") : .listed(thread)
    case .post, nil: break
    }
    if let thread = check.thread, !messages.contains(where: { $0.ts == thread }) { return .refusal("thread_not_found") }
    let message = state.withLock { state in
      let message = Message(
        recipient: check.recipient,
        channel: LoopbackSlack.conversation(of: check.recipient),
        ts: "1700000000.\(String(1_000_000 + state.messages.count).dropFirst())",
        text: String(String.UnicodeScalarView(check.text.unicodeScalars.prefix(SlackRequest.textLimit))),
        body: request.body,
        thread: check.thread,
        delivery: check.deliveryID
      )
      state.messages.append(message)
      return message
    }
    return .posted(message, isCut: check.text != message.text)
  }

  /// A user's direct messages are in a conversation with an id of its own.
  private static func conversation(of recipient: String) -> String {
    recipient.hasPrefix("U") ? "D" + recipient.dropFirst() : recipient
  }

  private func edit(_ check: SlackRequest, _ request: LoopbackRequest) -> LoopbackAnswer {
    // It takes no user's id in the place of the conversation's.
    guard !check.recipient.hasPrefix("U") else { return .refusal("channel_not_found") }
    let edited = state.withLock { state -> Message? in
      let index = state.messages.firstIndex { $0.channel == check.recipient && $0.ts == check.ts }
      guard let index else { return nil }
      state.messages[index].text = check.text
      state.messages[index].body = request.body
      state.messages[index].delivery = check.deliveryID
      state.messages[index].edits += 1
      return state.messages[index]
    }
    return edited.map { .posted($0, isCut: false) } ?? .refusal("message_not_found")
  }
}

extension LoopbackAnswer {
  fileprivate static func refusal(_ code: String) -> LoopbackAnswer {
    .reply(200, #"{"ok":false,"error":"\#(code)"}"#, fields: [("Content-Type", "application/json; charset=utf-8")])
  }

  private static let json = [("Content-Type", "application/json; charset=utf-8")]

  fileprivate static func opened(_ channel: String) -> LoopbackAnswer {
    .reply(200, #"{"ok":true,"channel":{"id":"\#(channel)"}}"#, fields: json)
  }

  /// What reads a conversation answers with.
  fileprivate static func listed(_ messages: [LoopbackSlack.Message]) -> LoopbackAnswer {
    let list = messages.map { message in
      let metadata = message.delivery.map {
        #","metadata":{"event_type":"belfry_delivery","event_payload":{"delivery_id":"\#($0)"}}"#
      }
      return #"{"type":"message","ts":"\#(message.ts)"\#(metadata ?? "")}"#
    }
    return .reply(200, #"{"ok":true,"messages":[\#(list.joined(separator: ","))]}"#, fields: json)
  }

  fileprivate static func posted(_ message: LoopbackSlack.Message, isCut: Bool) -> LoopbackAnswer {
    var writer = JSONWriter()
    func member(_ name: String, _ value: String) {
      writer.key(name)
      writer.string(value)
    }
    writer.beginObject()
    writer.key("ok")
    writer.bool(true)
    member("channel", message.channel)
    member("ts", message.ts)
    writer.key("message")
    writer.beginObject()
    member("type", "message")
    member("text", message.text)
    member("ts", message.ts)
    writer.endObject()
    if isCut {
      writer.key("response_metadata")
      writer.beginObject()
      writer.key("warnings")
      writer.beginArray()
      writer.string("message_truncated")
      writer.endArray()
      writer.endObject()
    }
    writer.endObject()
    return .reply(status: 200, fields: [("Content-Type", "application/json; charset=utf-8")], body: writer.bytes)
  }
}
