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
  private let root: SlackRoot?
  private let calls: SlackCalls
  private var turn: Turn
  /// The reason why the check for an existing message failed.
  private var unasked: String?

  init(_ notice: Notice, _ settings: SlackDMSettings) {
    self.notice = notice
    root = notice.root
    calls = SlackCalls(settings: settings)
    turn = .post(nil)
    turn = notice.isInDoubt ? lookup(settings.user.id) : telling
  }

  var request: HTTPExchange {
    switch turn {
    case .open: calls.open()
    case .look(let channel, let thread): calls.look(in: channel, thread: thread)
    case .edit(let root): calls.edit(SlackMessage(notice.edit, to: root.channel, edits: root))
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
    turn = telling
    return nil
  }

  /// Continues when Slack does not let us list messages: a duplicate is better than a missing page.
  private mutating func cannotLook(_ answer: SlackAnswer) -> Verdict? {
    switch answer.verdict {
    case .retry, .ambiguous: return verdict(answer.verdict)
    case .delivered, .partial, .rejected:
      unasked = answer.error ?? "no answer"
      turn = telling
      return nil
    }
  }

  private mutating func edited(_ answer: SlackAnswer, _ root: SlackRoot) -> Verdict? {
    switch answer.verdict {
    case .delivered:
      guard notice.notifies else { return .delivered(Receipt(["channel": root.channel, "ts": root.ts])) }
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

  private var telling: Turn {
    guard let root, notice.continues else { return .post(nil) }
    return .edit(root)
  }

  private func lookup(_ user: String) -> Turn {
    // An edit can be repeated without harm.
    if let root, notice.continues { return notice.notifies ? .look(in: root.channel, thread: root.ts) : .edit(root) }
    if let first = user.first, "CDG".contains(first) { return .look(in: user, thread: nil) }
    return notice.earlier.first?["channel"].map { .look(in: $0, thread: nil) } ?? .open
  }
}

/// An earlier message, in the form that `chat.update` and threads require.
struct SlackRoot: Hashable {
  /// The conversation's own ID, `D…` for direct messages: `chat.update` accepts no other.
  var channel: String
  var ts: String
}

extension Notice {
  /// The message to continue: the first one.
  fileprivate var root: SlackRoot? {
    guard let first = earlier.first, let channel = first["channel"], let ts = first["ts"] else { return nil }
    return SlackRoot(channel: channel, ts: ts)
  }

  /// Whether it updates alerts already sent, and so belongs into that message.
  fileprivate var continues: Bool {
    switch content {
    case .resolved, .group, .burst: true
    case .alert, .digest, .followup, .reminder, .flapping, .test: false
    }
  }

  /// Whether people must be notified: of a resolved alert, and of one more severe than all those known.
  fileprivate var notifies: Bool {
    let begun = content.alerts.filter { marks[$0.key]?.isResolved != true }
    guard case .resolved = content else {
      guard let worst = begun.map(\.severity).min() else { return true }
      return told.map(\.severity).min().map { worst.isWorse(than: $0) } ?? true
    }
    return true
  }

  /// The new content of the earlier message: includes the alerts already sent that are still firing.
  fileprivate var edit: Notice {
    var whole = self
    switch content {
    case .group(let name, let alerts, let firing, let ended):
      whole.content = .group(name: name, alerts + told, firing: firing, ended: ended)
    case .burst(let alerts): whole.content = .burst(alerts + told)
    default: break
    }
    return whole
  }
}
