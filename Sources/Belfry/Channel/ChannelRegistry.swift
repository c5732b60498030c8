// SPDX-License-Identifier: Apache-2.0

/// The channel kinds linked into this program: a value made once, in the wiring, and passed down.
public struct ChannelRegistry: Sendable {
  package typealias Make = @Sendable (ChannelName, JSONNode, [String], inout Report) -> (any NotificationChannel)?

  /// What `belfry channels` shows of a kind.
  package struct Entry: Sendable {
    package let kind: ChannelKind
    package let settings: [FieldSummary]
    /// How much the service takes, where the file says nothing.
    package let rate: Rate?
    package let make: Make
  }

  private var entries: [ChannelKind: Entry] = [:]

  /// Creates a registry without any kind.
  public init() {}

  /// Adds a kind.
  ///
  /// Two channels that claim one kind are a mistake in the program, found at start-up.
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
