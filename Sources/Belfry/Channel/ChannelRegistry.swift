// SPDX-License-Identifier: Apache-2.0

/// The channel kinds linked into this program: a value made once, when the program is wired, and passed down.
public struct ChannelRegistry: Sendable {
  package typealias Make = @Sendable (ChannelName, JSONNode, [String], inout Report) -> (any NotificationChannel)?

  /// The parts of a kind that `belfry channels` shows.
  package struct Entry: Sendable {
    package let kind: ChannelKind
    package let settings: [FieldSummary]
    /// The default rate limit of the service.
    package let rate: Rate?
    package let make: Make
  }

  private var entries: [ChannelKind: Entry] = [:]

  /// Creates an empty registry.
  public init() {}

  /// Adds a kind.
  ///
  /// Two channels that claim the same kind are a programming error, found at startup.
  public mutating func register<Channel: NotificationChannel>(_ type: Channel.Type) {
    precondition(entries[Channel.kind] == nil, "two channels claim the kind \(Channel.kind)")
    let make: Make = { name, node, others, report in
      Channel.Settings(decoding: node, besides: others, report: &report).map { Channel(name: name, settings: $0) }
    }
    entries[Channel.kind] = Entry(
      kind: Channel.kind,
      settings: Channel.Settings.fields.map(\.summary),
      rate: Channel.rate,
      make: make
    )
  }

  package var kinds: [Entry] { entries.values.sorted { $0.kind < $1.kind } }

  package subscript(kind: ChannelKind) -> Entry? { entries[kind] }
}
