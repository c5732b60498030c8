// SPDX-License-Identifier: Apache-2.0

/// Makes the links by which whoever reads a message can acknowledge its alerts.
package struct AcknowledgeLinks: Sendable {
  private let url: WebAddress
  private let lifetime: Duration
  private let key: LinkKey

  /// The most bytes of a link: what holds a longer id carries none, as a link that is cut leads nowhere.
  package static let longest = 500

  /// Nil where no address is known under which people reach the server, or there is no key.
  package init?(_ server: ServerSettings?, key: LinkKey?) {
    guard let server, let key, !server.url.isEmpty else { return nil }
    url = server.url
    lifetime = server.linkLifetime.duration
    self.key = key
  }

  /// The part of the address before the token.
  package static let path = "/ack/"

  /// Puts the links of what a notice tells as active into it.
  ///
  /// They go by when the message was made, and not by the attempt: each attempt carries the same ones. Those that would have
  /// expired by now are left out.
  package func add(to notice: inout Notice, madeAt moment: Instant) {
    var acknowledging = Notice.Acknowledging(home: url.text)
    let expiry = moment + lifetime
    for alert in notice.acknowledgeable + notice.told where notice.sentAt < expiry && !notice.tellsNoState {
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

extension Notice {
  /// Whether it tells an end, or nothing that is known of: then there is nothing to acknowledge.
  fileprivate var tellsNoState: Bool {
    switch content {
    case .resolved, .test: true
    case .alert, .burst, .digest, .followup, .group, .reminder, .flapping: false
    }
  }

  /// The alerts that it tells as active.
  package var acknowledgeable: [Alert] {
    tellsNoState ? [] : alerts.filter { marks[$0.key]?.isResolved != true }
  }
}
