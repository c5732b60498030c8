// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
internal import BelfrySources

extension Configuration {
  /// Reads a file with every channel of `TestChannel.names`, these quiet hours and these caps; `text` is the rest of it, an object.
  package static func reading(
    _ text: String,
    quiet: [String: String] = [:],
    caps: [String: String] = [:],
    environment: [String: String] = [:]
  ) throws -> Configuration {
    let channels = TestChannel.names.map { name in
      let hours = quiet[name].map { ", \"quiet\": \($0)" } ?? ""
      let cap = caps[name].map { ", \"cap\": \($0)" } ?? ""
      return "\"\(name)\": {\"kind\": \"test\", \"token\": \"${TOKEN:-}\", \"to\": \"x\"\(hours)\(cap)}"
    }
    let whole = "{\"channels\": {\(channels.joined(separator: ", "))}, " + text.drop { $0.isWhitespace }.dropFirst()
    return try parse(whole, kinds: TestChannel.registry, environment: environment, folder: "/etc/belfry")
  }
}

/// A channel with one key of each type, for files that are only read.
package struct TestChannel: NotificationChannel {
  package static let kind: ChannelKind = "test"
  package static let names = ["pager", "mail", "journal"]
  package static var registry: ChannelRegistry {
    let registry = ChannelRegistry([TestChannel.self])
    return registry
  }

  package let name: ChannelName
  package let settings: Settings

  package init(name: ChannelName, settings: Settings) {
    self.name = name
    self.settings = settings
  }

  package struct Settings: ChannelSettings {
    package var token = Secret()
    package var to = ""
    package var address: MailAddress?
    package var url: WebAddress?
    package var isLoud = false

    package init() {}

    package static let fields: [Field<Settings>] = [
      .required("token", \.token, "A token."),
      .required("to", \.to, "Who gets it.", example: "ops"),
      .optional("address", \.address, "A mail address."),
      .optional("url", \.url, "A web address."),
      .optional("loud", \.isLoud, "Whether it is loud."),
    ]
  }

  package func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing {
    throw Uncomposable("never", "It is only read.")
  }
  package func interpret(_ reply: Reply) -> Verdict { .delivered(Receipt()) }
}
