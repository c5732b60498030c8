// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration

/// Makes the links in messages by which their readers can acknowledge alerts.
package struct AcknowledgeLinks: Sendable {
  private let url: WebAddress
  private let lifetime: Duration
  private let key: LinkKey

  /// The longest link in bytes.
  ///
  /// An alert whose ID makes it longer gets none, because a truncated link does not work.
  package static let longest = 500

  /// Nil if the server has no public address, or if there is no key.
  package init?(_ server: ServerSettings?, key: LinkKey?) {
    guard let server, let key, !server.url.isEmpty else { return nil }
    url = server.url
    lifetime = server.linkLifetime.duration
    self.key = key
  }

  /// The part of the URL's path before the token.
  package static let path = "/ack/"

  /// Adds links for the active alerts of a notice.
  ///
  /// The links depend on when the message was made, not on the attempt, so every attempt has the same ones. Links that
  /// would have expired already are omitted.
  package func add(to notice: inout Notice, madeAt moment: Instant) {
    var acknowledging = Notice.Acknowledging(home: url.text)
    let expiry = moment + lifetime
    for alert in notice.acknowledgeable + notice.alreadySent
    where notice.sentAt < expiry && !notice.reportsNoActiveAlert {
      acknowledging.links[alert.key] = link(to: alert.key, in: notice.channel, madeAt: moment, expiresAt: expiry)
    }
    notice.acknowledging = acknowledging
  }

  private func link(to alert: AlertKey, in channel: ChannelName, madeAt: Instant, expiresAt: Instant) -> String? {
    let claim = AcknowledgeClaim(alert: alert, channel: channel, madeAt: madeAt, expiresAt: expiresAt)
    guard let token = claim.token(signedWith: key) else { return nil }
    let link = url.text + AcknowledgeLinks.path + token
    return link.utf8.count <= AcknowledgeLinks.longest ? link : nil
  }
}
