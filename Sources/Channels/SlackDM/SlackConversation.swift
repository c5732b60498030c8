// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// What is asked of Slack for one notice, exchange by exchange, and what each answer leads to.
///
/// Most notices are one `chat.postMessage`. What continues an earlier message edits that one, so that whoever scrolls by sees
/// how it stands, and answers in its thread where somebody is to be notified: Slack notifies of no edit. After an attempt
/// whose answer was lost it first looks whether the message is there, as Slack has no idempotency key.
struct SlackConversation {
  private enum Turn {
    /// Which conversation a user's direct messages are in.
    case open
    /// Whether the message is among the last ones there, or in the thread of `root`.
    case look(in: String, thread: String?)
    case edit(SlackRoot)
    case post(SlackRoot?)
  }

  private let notice: Notice
  private let root: SlackRoot?
  private let calls: SlackCalls
  private var turn: Turn
  /// Why it could not be looked whether the message is there already.
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

  /// Takes in the answer to `request`.
  ///
  /// - Returns: the verdict; nil when there is another request.
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
      return .delivered(Receipt(["channel": channel, "ts": ts, "found": "it had arrived; the answer was lost"]))
    }
    turn = telling
    return nil
  }

  /// What Slack does not let us see does not keep the message back: a repeat is better than a page that never came.
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
    // Too old, deleted, not ours: then it is told in the thread, whatever it is.
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
    values["unasked"] = "it may have come twice: Slack's history could not be asked (\(unasked))"
    return .delivered(Receipt(values))
  }

  /// While it is in doubt whether an earlier attempt arrived, it stays so.
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
    // An edit can be made again without harm.
    if let root, notice.continues { return notice.notifies ? .look(in: root.channel, thread: root.ts) : .edit(root) }
    if let first = user.first, "CDG".contains(first) { return .look(in: user, thread: nil) }
    return notice.earlier.first?["channel"].map { .look(in: $0, thread: nil) } ?? .open
  }
}

/// An earlier message, as `chat.update` and a thread name it.
struct SlackRoot: Hashable {
  /// The conversation's own id, `D…` for direct messages: `chat.update` takes no other.
  var channel: String
  var ts: String
}

extension Notice {
  /// The message that it may continue: the first one.
  fileprivate var root: SlackRoot? {
    guard let first = earlier.first, let channel = first["channel"], let ts = first["ts"] else { return nil }
    return SlackRoot(channel: channel, ts: ts)
  }

  /// Whether it says how something stands that was told before, and so belongs into that message.
  fileprivate var continues: Bool {
    switch content {
    case .resolved, .group, .burst: true
    case .alert, .digest, .followup, .reminder, .flapping, .test: false
    }
  }

  /// Whether somebody is to be notified, and not only to see it: of an end, and of what is worse than all that was known.
  fileprivate var notifies: Bool {
    let begun = content.alerts.filter { marks[$0.key]?.isResolved != true }
    guard case .resolved = content else {
      guard let worst = begun.map(\.severity).min() else { return true }
      return told.map(\.severity).min().map { worst.isWorse(than: $0) } ?? true
    }
    return true
  }

  /// As the earlier message is to read from now on: with what was told before and still fires.
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
