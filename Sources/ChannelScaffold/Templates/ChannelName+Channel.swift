// SPDX-License-Identifier: Apache-2.0

extension ChannelName {
  /// The channel's source: it works at once, so that its author only changes it.
  var channelSource: String {
    #"""
    // SPDX-License-Identifier: Apache-2.0
    public import Belfry

    /// Posts each notice as JSON to a URL.
    public struct \#(type): NotificationChannel {
      /// The kind, as written in `channels.json`.
      public static let kind: ChannelKind = "\#(kind)"

      private let name: ChannelName
      private let settings: \#(settings)

      /// Creates the channel.
      public init(name: ChannelName, settings: \#(settings)) {
        self.name = name
        self.settings = settings
      }

      /// Composes one POST request.
      public func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing {
        guard !settings.url.isEmpty else {
          throw Uncomposable("no_url", "`url` of the channel \(name) is empty.", rejection: .operator)
        }
        var fields = [HTTPField("Content-Type", "application/json")]
        if !settings.token.isEmpty {
          fields.append(HTTPField("Authorization", prefix: "Bearer ", secret: settings.token))
        }
        let body = \#(message)(notice).json
        return .http(HTTPExchange(to: settings.url, fields: fields, body: body))
      }

      /// Judges by the status; read the body here if the service reports errors there, as Slack does with `"ok":
      /// false`.
      public func interpret(_ reply: Reply) -> Verdict {
        switch reply {
        case .http(let answer): Verdict(answer)
        case .failed(let failure): Verdict(failure)
        case .mail, .appended, .process: .unexpected(reply)
        }
      }
    }

    """#
  }
}
