// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// Sends a direct message on Slack, by `chat.postMessage` with the user's id as its channel.
public struct SlackDMChannel: NotificationChannel {
  /// The kind `slack-dm`.
  public static let kind: ChannelKind = "slack-dm"
  /// About one message a second for each conversation (docs.slack.dev/apis/web-api/rate-limits): above it Slack may say that
  /// all is well and show nothing.
  public static let rate: Rate? = Rate(1, per: .seconds(1))

  private let name: ChannelName
  private let settings: SlackDMSettings

  /// Creates the channel.
  public init(name: ChannelName, settings: SlackDMSettings) {
    self.name = name
    self.settings = settings
  }

  /// The user's id.
  public var recipient: String { settings.user.id }

  /// One call of `chat.postMessage`; of what continues an earlier message, an edit of that.
  public func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing {
    guard !settings.token.isEmpty else {
      throw Uncomposable("no_token", "`token` of the channel \(name) is empty.", rejection: .operator)
    }
    guard !settings.user.isEmpty else { throw Uncomposable("no_recipient", "`user` of the channel \(name) is empty.") }
    return .http(SlackConversation(notice, settings).request)
  }

  /// Reads Slack's answer: its `ok` and `error` decide, whatever the status.
  public func interpret(_ reply: Reply) -> Verdict {
    switch reply {
    case .http(let answer): SlackAnswer(answer).verdict
    case .failed(let failure): Verdict(failure)
    case .mail, .appended, .process: .unexpected(reply)
    }
  }

  /// Looks for a message whose answer was lost before it is sent again, and edits before it answers in a thread.
  public func step(_ notice: Notice, after replies: [Reply]) -> ChannelStep {
    var conversation = SlackConversation(notice, settings)
    for reply in replies {
      if let verdict = conversation.take(reply) { return .settle(verdict) }
    }
    return .ask(.http(conversation.request))
  }
}
