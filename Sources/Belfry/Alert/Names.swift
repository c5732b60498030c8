// SPDX-License-Identifier: Apache-2.0

/// The name of a source, a key of `sources` in `channels.json`.
public struct SourceName: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  public let name: String
  public init(_ name: String) { self.name = name }
  public init(stringLiteral value: String) { self.name = value }
  public var description: String { name }
}

/// The name of a channel, a key of `channels` in `channels.json`.
public struct ChannelName: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
  public let name: String
  public init(_ name: String) { self.name = name }
  public init(stringLiteral value: String) { self.name = value }
  public var description: String { name }
  public static func < (left: ChannelName, right: ChannelName) -> Bool { left.name < right.name }
}

/// A kind of channel, the `kind` of a channel in `channels.json`, such as `slack-dm`.
public struct ChannelKind: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
  public let name: String
  public init(_ name: String) { self.name = name }
  public init(stringLiteral value: String) { self.name = value }
  public var description: String { name }
  public static func < (left: ChannelKind, right: ChannelKind) -> Bool { left.name < right.name }
}
