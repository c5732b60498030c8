// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The requests to Slack for one notice, step by step, and how each answer leads to the next.
///
/// Most notices are one `chat.postMessage`. A notice that continues an earlier message edits that message, so that it
/// shows the current state. If people must be notified, it also replies in the message's thread, because Slack does not
/// notify of edits. After an attempt whose answer was lost, it first checks whether the message exists, because Slack
/// has no idempotency key.
struct SlackConversation {
  private enum Turn {
    /// Get the conversation of a user's direct messages.
    case open
    /// Check whether the message is among the last ones in the channel, or in the thread of `root`.
    case look(in: String, thread: String?)
    case edit(SlackRoot)
    case post(SlackRoot?)
  }

  private let notice: Notice
  private let continuation: Notice.Continuation?
  /// The message to edit.
  private let root: SlackRoot?
  private let calls: SlackCalls
  private var turn: Turn
  /// The reason why the check for an existing message failed.
  private var unasked: String?

  init(_ notice: Notice, _ settings: SlackDMSettings) {
    self.notice = notice
    continuation = notice.continuation
    root = continuation.flatMap { SlackRoot($0.root) }
    calls = SlackCalls(settings: settings)
    turn = .post(nil)
    turn = notice.isInDoubt ? lookup(settings.user.id) : sending
  }

  var request: HTTPExchange {
    switch turn {
    case .open: calls.open()
    case .look(let channel, let thread): calls.look(in: channel, thread: thread)
    case .edit(let root): calls.edit(SlackMessage(continuation?.edited ?? notice, to: root.channel, edits: root))
    case .post(let root): calls.post(SlackMessage(notice, to: root?.channel ?? calls.settings.user.id, thread: root))
    }
  }

  /// Processes the answer to `request`.
  ///
  /// - Returns: the verdict; nil if there is another request.
  mutating func take(_ reply: Reply) -> Verdict? {
    guard case .http(let http) = reply else {
      guard case .failed(let failure) = reply else { return .unexpected(reply) }
      return verdict(Verdict(failure))
    }
    let answer = SlackAnswer(http)
    switch turn {
    case .open: return opened(answer)
    case .look: return looked(answer)
    case .edit(let root): return edited(answer, root)
    case .post(let thread): return posted(answer, thread)
    }
  }

  private mutating func opened(_ answer: SlackAnswer) -> Verdict? {
    guard let channel = answer.body?["channel"]?["id"]?.string else { return cannotLook(answer) }
    turn = .look(in: channel, thread: nil)
    return nil
  }

  private mutating func looked(_ answer: SlackAnswer) -> Verdict? {
    guard case .look(let channel, _) = turn, answer.isOK else { return cannotLook(answer) }
    if let ts = answer.message(of: notice.delivery, besides: root?.ts) {
      return .delivered(Receipt(["channel": channel, "ts": ts, "found": "it had arrived; only the response was lost"]))
    }
    turn = sending
    return nil
  }

  /// Continues when Slack does not let us list messages: a duplicate is better than a missing page.
  private mutating func cannotLook(_ answer: SlackAnswer) -> Verdict? {
    switch answer.verdict {
    case .retry, .ambiguous: return verdict(answer.verdict)
    case .delivered, .partial, .rejected:
      unasked = answer.error ?? "no answer"
      turn = sending
      return nil
    }
  }

  private mutating func edited(_ answer: SlackAnswer, _ root: SlackRoot) -> Verdict? {
    switch answer.verdict {
    case .delivered:
      guard continuation?.mustNotify == true else {
        return .delivered(Receipt(["channel": root.channel, "ts": root.ts]))
      }
      turn = .post(root)
      return nil
    // Too old, deleted or not ours: reply in the thread instead, whatever the notice is.
    case .rejected(.target, _), .rejected(.payload, _):
      turn = .post(root)
      return nil
    case .retry, .ambiguous, .partial, .rejected(.operator, _): return answer.verdict
    }
  }

  private mutating func posted(_ answer: SlackAnswer, _ thread: SlackRoot?) -> Verdict? {
    if thread != nil, answer.isMissingThread {
      turn = .post(nil)
      return nil
    }
    guard case .delivered(let receipt) = answer.verdict, let unasked else { return answer.verdict }
    var values = receipt.values
    values["unasked"] = "possible duplicate: Slack's history could not be read (\(unasked))"
    return .delivered(Receipt(values))
  }

  /// The verdict, kept ambiguous while it is unknown whether an earlier attempt arrived.
  private func verdict(_ verdict: Verdict) -> Verdict {
    switch (turn, verdict) {
    case (.open, .retry(_, let reason)), (.look, .retry(_, let reason)): .ambiguous(because: reason)
    default: verdict
    }
  }

  private var sending: Turn {
    guard let root else { return .post(nil) }
    return .edit(root)
  }

  private func lookup(_ user: String) -> Turn {
    // An edit can be repeated without harm.
    if let root { return continuation?.mustNotify == true ? .look(in: root.channel, thread: root.ts) : .edit(root) }
    if let first = user.first, "CDG".contains(first) { return .look(in: user, thread: nil) }
    return notice.earlier.first?["channel"].map { .look(in: $0, thread: nil) } ?? .open
  }
}

/// An earlier message, in the form that `chat.update` and threads require.
struct SlackRoot: Hashable {
  /// The conversation's own ID, `D…` for direct messages: `chat.update` accepts no other.
  var channel: String
  var ts: String

  init(channel: String, ts: String) {
    self.channel = channel
    self.ts = ts
  }

  /// Reads a receipt; nil if it names no message.
  init?(_ receipt: Receipt) {
    guard let channel = receipt["channel"], let ts = receipt["ts"] else { return nil }
    self.init(channel: channel, ts: ts)
  }
}
