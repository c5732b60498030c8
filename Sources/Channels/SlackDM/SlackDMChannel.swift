// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// Sends a direct message on Slack, with `chat.postMessage` and the user's ID as its channel.
public struct SlackDMChannel: NotificationChannel {
  /// The kind `slack-dm`.
  public static let kind: ChannelKind = "slack-dm"
  /// About one message a second per conversation (docs.slack.dev/apis/web-api/rate-limits): above it, Slack may report
  /// success and show nothing.
  public static let rate: Rate? = Rate(1, per: .seconds(1))

  private let name: ChannelName
  private let settings: SlackDMSettings

  /// Creates the channel.
  public init(name: ChannelName, settings: SlackDMSettings) {
    self.name = name
    self.settings = settings
  }

  /// The user's ID.
  public var recipient: String { settings.user.id }

  /// Composes one `chat.postMessage` call; a notice that continues an earlier message edits that message.
  public func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing {
    guard !settings.token.isEmpty else {
      throw Uncomposable("no_token", "`token` of the channel \(name) is empty.", rejection: .operator)
    }
    guard !settings.user.isEmpty else { throw Uncomposable("no_recipient", "`user` of the channel \(name) is empty.") }
    return .http(SlackConversation(notice, settings).request)
  }

  /// Reads Slack's answer: `ok` and `error` decide, whatever the status.
  public func interpret(_ reply: Reply) -> Verdict {
    switch reply {
    case .http(let answer): SlackAnswer(answer).verdict
    case .failed(let failure): Verdict(failure)
    case .mail, .appended, .process: .unexpected(reply)
    }
  }

  /// Searches for a message whose answer was lost before sending it again, and edits before replying in a thread.
  public func step(_ notice: Notice, after replies: [Reply]) -> ChannelStep {
    var conversation = SlackConversation(notice, settings)
    for reply in replies {
      if let verdict = conversation.take(reply) { return .settle(verdict) }
    }
    return .ask(.http(conversation.request))
  }
}
