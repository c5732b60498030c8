// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Names a hold: something that keeps alerts waiting, the list of those that wait in it, and what it remembers between
/// batches (its `Entry`).
package enum ListKey: Sendable, Hashable, CustomStringConvertible {
  /// What the cooldown of this window holds back.
  case cooldown(HoldKey)
  case digest(String)
  /// What is to be told together with the next update of this group.
  case group(HoldKey)
  /// What came while a burst goes on.
  case burst(HoldKey)
  case silence(SilenceID)
  /// The quiet hours of a route or of a channel.
  case quiet(QuietScope)
  /// What other, active alerts mute.
  case inhibition(HoldKey)
  /// Nothing waits in it: it remembers when an expected alert came.
  case expectation(ExactText)

  /// `cooldown:category=disk` or `digest:daily`; reads back through `init?(text:)`.
  package var description: String {
    switch self {
    case .cooldown(let key): "cooldown:" + key.text
    case .digest(let name): "digest:" + name
    case .group(let key): "group:" + key.text
    case .burst(let key): "burst:" + key.text
    case .silence(let id): "silence:" + id.text
    case .quiet(let scope): "quiet:" + scope.text
    case .inhibition(let key): "inhibition:" + key.text
    case .expectation(let id): "expect:" + id.text
    }
  }

  package init?(text: some StringProtocol) {
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let rest = String(Substring(text)[text.utf8.index(after: colon)...])
    switch text[..<colon] {
    case "cooldown": self = .cooldown(HoldKey(rest))
    case "digest": self = .digest(rest)
    case "group": self = .group(HoldKey(rest))
    case "burst": self = .burst(HoldKey(rest))
    case "silence": self = .silence(SilenceID(rest))
    case "quiet":
      guard let scope = QuietScope(text: rest) else { return nil }
      self = .quiet(scope)
    case "inhibition": self = .inhibition(HoldKey(rest))
    case "expect": self = .expectation(ExactText(rest))
    default: return nil
    }
  }

  /// Whether what waits in it is muted: somebody, or a rule, wants to hear nothing of it for now.
  package var isMute: Bool {
    switch self {
    case .silence, .quiet, .inhibition: true
    case .cooldown, .digest, .group, .burst, .expectation: false
    }
  }
}

/// What the alerts of one hold share, such as `category=disk_full`.
package struct HoldKey: Sendable, Hashable {
  @ExactText package private(set) var text: String
  package init(_ text: String) { self.text = text }

  /// What its alerts share, without the identity of the route in front of it: `category=disk`.
  ///
  /// An identity is a hash of 16 hexadecimal digits. It stands alone, or a colon follows.
  package var values: String {
    let bytes = text.utf8
    let rest = bytes.dropFirst(16)
    let isScoped = bytes.count >= 16 && bytes.prefix(16).allSatisfy { "0123456789abcdef".utf8.contains($0) }
    guard isScoped, rest.first.map({ $0 == UInt8(ascii: ":") }) ?? true else { return text }
    return String(Substring(rest.dropFirst()))
  }
}

/// Whose quiet hours they are.
package enum QuietScope: Sendable, Hashable {
  /// The route of this identity.
  case route(String)
  case channel(ChannelName)

  /// `channel pager`; reads back through `init?(text:)`.
  package var text: String {
    switch self {
    case .route(let identity): "route \(identity)"
    case .channel(let name): "channel \(name)"
    }
  }

  package init?(text: String) {
    guard let space = text.utf8.firstIndex(of: UInt8(ascii: " ")) else { return nil }
    let name = String(Substring(text.utf8[text.utf8.index(after: space)...]))
    switch text[..<space] {
    case "route": self = .route(name)
    case "channel": self = .channel(ChannelName(name))
    default: return nil
    }
  }
}
