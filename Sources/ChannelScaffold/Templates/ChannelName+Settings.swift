// SPDX-License-Identifier: Apache-2.0

extension ChannelName {
  /// The settings, with one of each kind that most channels need: an address and a secret.
  var settingsSource: String {
    #"""
    // SPDX-License-Identifier: Apache-2.0
    public import Belfry

    /// The settings of a channel of kind `\#(kind)` in `channels.json`.
    public struct \#(settings): ChannelSettings {
      /// The URL to post notices to.
      public var url = WebAddress()
      /// The bearer token; empty for a service that needs none.
      public var token = Secret()

      /// Creates the default settings.
      public init() {}

      /// The keys: this list decodes and checks them, and documents them in `belfry channels`.
      public static let fields: [Field<Self>] = [
        .required("url", \.url, "Where notices are posted to.", example: "https://example.com/notices"),
        .optional("token", \.token, "Sent as a bearer token.", example: "${\#(variable)_TOKEN}"),
      ]

      /// Checks that the token is not sent in clear.
      public func check(_ report: inout Report) {
        if !token.isEmpty { report.checkConfidential(url, key: "url") }
      }
    }

    """#
  }
}
