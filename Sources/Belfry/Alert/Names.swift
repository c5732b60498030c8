// SPDX-License-Identifier: Apache-2.0

/// The name of a source, a key of `sources` in `channels.json`.
public struct SourceName: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The name as it is written in `channels.json`.
  @ExactText public private(set) var name: String
  /// Creates a name.
  public init(_ name: String) { self.name = name }
  /// Creates a name from a literal.
  public init(stringLiteral value: String) { self.name = value }
  /// The name itself.
  public var description: String { name }
  /// Orders by name.
  public static func < (left: SourceName, right: SourceName) -> Bool { left._name < right._name }
}

/// The name of a channel, a key of `channels` in `channels.json`.
public struct ChannelName: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The name as it is written in `channels.json`.
  @ExactText public private(set) var name: String
  /// Creates a name.
  public init(_ name: String) { self.name = name }
  /// Creates a name from a literal.
  public init(stringLiteral value: String) { self.name = value }
  /// The name itself.
  public var description: String { name }
  /// Orders by name.
  public static func < (left: ChannelName, right: ChannelName) -> Bool { left._name < right._name }
}

/// A kind of channel, the `kind` of a channel in `channels.json`, such as `slack-dm`.
public struct ChannelKind: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The kind as it is written in `channels.json`.
  @ExactText public private(set) var name: String
  /// Creates a kind.
  public init(_ name: String) { self.name = name }
  /// Creates a kind from a literal.
  public init(stringLiteral value: String) { self.name = value }
  /// The kind itself.
  public var description: String { name }
  /// Orders by name.
  public static func < (left: ChannelKind, right: ChannelKind) -> Bool { left._name < right._name }
}

/// A kind of source, the `kind` of a source in `channels.json`, such as `prometheus`.
public struct SourceKind: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The kind as it is written in `channels.json`.
  @ExactText public private(set) var name: String
  /// Creates a kind.
  public init(_ name: String) { self.name = name }
  /// Creates a kind from a literal.
  public init(stringLiteral value: String) { self.name = value }
  /// The kind itself.
  public var description: String { name }
  /// Orders by name.
  public static func < (left: SourceKind, right: SourceKind) -> Bool { left._name < right._name }
}

extension SourceName {
  /// The source of alerts sent with `belfry send`.
  package static let command: SourceName = "cli"
  /// The source of Belfry's alerts about itself.
  package static let belfry: SourceName = "belfry"
  /// The source of alerts pushed to the server.
  package static let push: SourceName = "push"
  /// Holds the alerts that a program sends from its code, where Belfry is part of it.
  package static let embedded: SourceName = "embedded"
  package static let builtIn: [SourceName] = [.command, .belfry, .push, .embedded]
}
