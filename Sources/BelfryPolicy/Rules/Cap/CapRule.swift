// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The most messages that a channel is sent in some time: by all routes, or by one.
package struct CapRule: Sendable, Hashable {
  /// More messages than this wait.
  package var over: Int
  package var per: Duration
  /// The severities that are always sent and not counted; nil for none.
  package var except: SeveritySelector?
  package var rule: Rule

  func isExcepted(_ announcement: Announcement) -> Bool { except?.contains(announcement.alert.severity) == true }

  /// `20 messages in 1h`.
  var text: String { "\(over) message\(over == 1 ? "" : "s") in \(per.text)" }
}

/// What a cap counts.
package enum CapScope: Sendable, Hashable {
  /// The messages of all routes to a channel.
  case channel(ChannelName)
  /// The messages of the route with this identity to a channel.
  case route(String, ChannelName)

  package var channel: ChannelName {
    switch self {
    case .channel(let name), .route(_, let name): name
    }
  }

  /// `channel pager` or `route 4f2a… pager`; reads back through `init?(text:)`.
  package var text: String {
    switch self {
    case .channel(let name): "channel \(name)"
    case .route(let identity, let name): "route \(identity) \(name)"
    }
  }

  package init?(text: String) {
    let parts = text.split(separator: " ", maxSplits: 2).map(String.init)
    switch (parts.first, parts.count) {
    case ("channel", 2): self = .channel(ChannelName(parts[1]))
    case ("route", 3): self = .route(parts[1], ChannelName(parts[2]))
    default: return nil
    }
  }
}

extension PolicyRules {
  /// The cap of that scope; nil if the file has none.
  func cap(_ scope: CapScope) -> CapRule? {
    switch scope {
    case .channel(let name): channelCaps[name]
    case .route(let identity, _): table.route(identity)?.cap
    }
  }

  /// All caps of the file.
  var caps: [CapRule] { Array(channelCaps.values) + table.routes.compactMap(\.cap) }
}
