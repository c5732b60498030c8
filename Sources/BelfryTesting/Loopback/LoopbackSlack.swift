// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Synchronization

/// Slack's `chat.postMessage`, `chat.update` and the methods that read a conversation, on a free port of 127.0.0.1.
///
/// It follows docs.slack.dev. It checks each request's method, path, token, content type, JSON and limits, and answers
/// with Slack's own errors. Tests can make it fail.
///
/// ```swift
/// let slack = try LoopbackSlack(token: "xoxb-1")
/// slack.trouble(.rateLimited(retryAfter: 1), times: 2)
/// ```
public final class LoopbackSlack: Sendable {
  /// A posted message.
  public struct Message: Sendable, Hashable {
    /// The user or channel ID in the request.
    public var recipient: String
    /// The conversation it is in: a user's direct messages have their own `D…` ID.
    public var channel: String
    /// Slack's timestamp, which identifies the message in its conversation.
    public var ts: String
    /// The text, cut to Slack's limit.
    public var text: String
    /// The body of the request that last changed it.
    public var body: [UInt8]
    /// The parent message of its thread; nil if it is in none.
    public var thread: String?
    /// The number of edits.
    public var edits = 0
    /// The delivery named in its metadata.
    var delivery: String?
  }

  /// A scripted failure.
  public enum Trouble: Sendable, Hashable {
    /// Status 429, with `Retry-After` in seconds.
    case rateLimited(retryAfter: Int)
    /// A status with a body that is not Slack's, for example from a proxy.
    case status(Int)
    /// `"ok": false` with this error.
    case error(String)
    /// The message is posted and answered after a delay.
    case slow(Duration)
    /// The message is posted, and no answer ever comes.
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

  /// Starts to listen.
  ///
  /// - Parameters:
  ///   - token: The only token that it accepts.
  ///   - recipients: The IDs it knows; nil for all valid IDs.
  ///   - refused: Methods for which the app has no scope, such as `conversations.history`.
  /// - Throws: `POSIXError` if the system cannot create the socket.
  public init(token: String, recipients: Set<String>? = nil, refusing refused: Set<String> = []) throws {
    self.token = token
    self.refused = refused
    self.recipients = recipients
    let server = try LoopbackHTTPServer { [weak self] in self?.answer($0) ?? .closed }
    self.server.withLock { $0 = server }
  }

  deinit { stop() }

  /// The value for a channel's `api` setting.
  public var api: String { "http://127.0.0.1:\(server.withLock { $0?.port ?? 0 })/api" }
  /// Every posted message, in order.
  public var messages: [Message] { state.withLock(\.messages) }
  /// Every request, including refused ones.
  public var requests: [LoopbackRequest] { server.withLock { $0?.requests ?? [] } }
  /// The number of connections so far.
  public var accepted: Int { server.withLock { $0?.accepted ?? 0 } }

  /// Makes the next requests fail; failures set earlier come first.
  public func trouble(_ trouble: Trouble, times: Int = 1) {
    state.withLock { $0.troubles += Array(repeating: trouble, count: times) }
  }

  /// Removes the failures that are left.
  public func endTroubles() { state.withLock { $0.troubles = [] } }

  /// Returns after at least `count` requests, or when the task is cancelled.
  public func received(_ count: Int = 1) async { await server.withLock { $0 }?.received(count) }

  /// See ``LoopbackListener/clientsHaveEnded()``.
  package func clientsHaveEnded() async throws { try await server.withLock { $0 }?.clientsHaveEnded() }

  /// Stops listening and closes every connection.
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

  /// The ID of the conversation that holds a user's direct messages.
  private static func conversation(of recipient: String) -> String {
    recipient.hasPrefix("U") ? "D" + recipient.dropFirst() : recipient
  }

  private func edit(_ check: SlackRequest, _ request: LoopbackRequest) -> LoopbackAnswer {
    // A user's ID is not accepted in place of the conversation's.
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

  /// The answer of a method that lists messages.
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
