// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryPolicy

/// A message as a channel would send it, made without sending anything.
package struct MessagePreview: Sendable {
  /// The message that is previewed.
  package enum Subject: Sendable {
    case sample(NoticeSample)
    /// An alert that Belfry knows: the message when it fires, or about its end if it has ended.
    case alert(AlertRecord)
  }

  package let channel: ChannelName
  /// The kind of message, such as `group`.
  package let kind: String
  /// What the request, the mail or the line contains, secrets masked; nil if the channel cannot make it.
  package let bytes: [UInt8]?
  /// The ending for a file with it.
  package let fileEnding: String
  /// Why there is none, or why the template was not used; empty if all is well.
  package let trouble: String

  /// The messages on some channels.
  ///
  /// The template of `route`, if it has one, is used before the channel's.
  package static func make(
    _ subject: Subject,
    on channels: [ConfiguredChannel],
    sentBy route: Route? = nil,
    _ configuration: Configuration,
    at now: Instant
  ) -> [MessagePreview] {
    let rules = AttemptRules(configuration)
    return channels.map { channel in
      var notice = subject.notice(on: channel.name, rules, at: now)
      if rules.showsWhy { notice.route = route?.name ?? notice.route } else { (notice.route, notice.reason) = ("", "") }
      if let home = configuration.server?.url, !home.isEmpty {
        notice.acknowledging = Notice.Acknowledging(home: home.text)
        for alert in notice.acknowledgeable {
          notice.acknowledging?.links[alert.key] = home.text + AcknowledgeLinks.path + "preview"
        }
      }
      rules.templates.fill(&notice, sentBy: route?.identity ?? "")
      return MessagePreview(notice, on: channel)
    }
  }

  private init(_ notice: Notice, on channel: ConfiguredChannel) {
    self.channel = channel.name
    kind = notice.content.kind
    do throws(Uncomposable) {
      let outgoing = try channel.channel.compose(notice)
      bytes = outgoing.shown
      fileEnding = outgoing.fileEnding
      trouble = notice.custom?.trouble ?? ""
    } catch {
      bytes = nil
      fileEnding = "txt"
      trouble = error.reason.text
    }
  }
}

extension MessagePreview.Subject {
  fileprivate func notice(on channel: ChannelName, _ rules: AttemptRules, at now: Instant) -> Notice {
    switch self {
    case .sample(let sample):
      return sample.notice(on: channel, product: rules.product, cockpit: rules.cockpit, sentAt: now)
    case .alert(let record):
      var notice = Notice(
        delivery: DeliveryID("preview"),
        channel: channel,
        content: record.isActive ? .alert(record.alert) : .resolved(record.alert),
        reason: "a preview",
        sentAt: now,
        product: rules.product,
        cockpit: rules.cockpit
      )
      notice.flags[record.alert.key] = Notice.AlertFlags(firedFor: record.firedFor)
      return notice
    }
  }
}
