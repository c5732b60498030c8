// SPDX-License-Identifier: Apache-2.0
import Belfry

/// A channel that writes everything of a notice that matters to its recipients.
struct SimulatedChannel: NotificationChannel {
  static let kind: ChannelKind = "simulated"

  let name: ChannelName
  let settings: Settings

  struct Settings: ChannelSettings {
    static let fields: [Field<Settings>] = []
  }

  func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing {
    let text = "\(notice.delivery)\n" + SimulatedChannel.text(notice.content, notice.flags)
    return .http(HTTPExchange(url: "https://\(name.name)", body: Array(text.utf8)))
  }

  func interpret(_ reply: Reply) -> Verdict {
    switch reply {
    case .http(let reply): Verdict(reply)
    case .failed(let failure): Verdict(failure)
    case .mail, .appended, .process: .unexpected(reply)
    }
  }

  /// The content, such as `followup app/a critical, app/b warning resolved`.
  static func text(_ content: Notice.Content, _ flags: [AlertKey: Notice.AlertFlags]) -> String {
    let alerts = content.alerts.map { alert -> String in
      let mark = flags[alert.key] ?? Notice.AlertFlags()
      let words = [mark.isResolved ? " resolved" : "", mark.isFlapping ? " flapping" : ""]
      return "\(alert.key) \(alert.severity)" + words.joined() + (mark.firings == 1 ? "" : " ×\(mark.firings)")
    }
    return "\(content.kind) " + alerts.joined(separator: ", ")
  }
}
