// SPDX-License-Identifier: Apache-2.0

extension ChannelName {
  /// The settings, with one of each sort that most channels have: where to, and a secret.
  var settingsSource: String {
    #"""
    // SPDX-License-Identifier: Apache-2.0
    public import Belfry

    /// What `channels.json` holds for a channel of the kind `\#(kind)`.
    public struct \#(settings): ChannelSettings {
      /// Where notices are posted to.
      public var url = WebAddress()
      /// Sent as a bearer token; empty for a service that wants none.
      public var token = Secret()

      /// Settings as they are when `channels.json` says nothing.
      public init() {}

      /// The keys: this list decodes them, checks them, and is what `belfry channels` shows.
      public static let fields: [Field<Self>] = [
        .required("url", \.url, "Where notices are posted to.", example: "https://example.com/notices"),
        .optional("token", \.token, "Sent as a bearer token.", example: "${\#(variable)_TOKEN}"),
      ]

      /// Finds what no single key can tell.
      public func check(_ report: inout Report) {
        if url.isClear && !token.isEmpty {
          report.warning("the token crosses the network in clear.", key: "url", remedy: "Write https:// instead.")
        }
      }
    }

    """#
  }
}
