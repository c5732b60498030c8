// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// Sends a direct message on Slack, by `chat.postMessage` with the user's id as its channel.
public struct SlackDMChannel: NotificationChannel {
  /// The kind `slack-dm`.
  public static let kind: ChannelKind = "slack-dm"

  private let name: ChannelName
  private let settings: SlackDMSettings

  /// Creates the channel.
  public init(name: ChannelName, settings: SlackDMSettings) {
    self.name = name
    self.settings = settings
  }

  /// One call of `chat.postMessage`.
  public func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing {
    guard !settings.token.isEmpty else { throw Uncomposable("no_token", "`token` of the channel \(name) is empty.") }
    guard !settings.user.isEmpty else { throw Uncomposable("no_recipient", "`user` of the channel \(name) is empty.") }
    return .http(
      HTTPExchange(
        url: settings.api.text + "/chat.postMessage",
        fields: [
          HTTPField("Authorization", prefix: "Bearer ", secret: settings.token),
          HTTPField("Content-Type", "application/json; charset=utf-8"),
        ],
        body: SlackMessage(notice, to: settings.user).json,
        certificateAuthority: settings.ca.isEmpty ? nil : settings.ca.text
      )
    )
  }

  /// Reads Slack's answer: its `ok` and `error` decide, whatever the status.
  public func interpret(_ reply: Reply) -> Verdict {
    switch reply {
    case .http(let answer): SlackAnswer(answer).verdict
    case .failed(let failure): Verdict(failure)
    case .mail, .appended, .process: .unexpected(reply)
    }
  }
}
