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

      /// The defaults.
      public init() {}

      /// The keys: this list decodes them, checks them, and is what `belfry channels` shows.
      public static let fields: [Field<Self>] = [
        .required("url", \.url, "Where notices are posted to.", example: "https://example.com/notices"),
        .optional("token", \.token, "Sent as a bearer token.", example: "${\#(variable)_TOKEN}"),
      ]

      /// A token does not travel in clear.
      public func check(_ report: inout Report) {
        guard url.isClear, !token.isEmpty else { return }
        report.error("the token would cross the network in clear.", key: "url", remedy: "Write https://.")
      }
    }

    """#
  }
}
