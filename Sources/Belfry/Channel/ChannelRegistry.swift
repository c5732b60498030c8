// SPDX-License-Identifier: Apache-2.0

/// The channel kinds of a program, by name: made once, in the wiring, and passed down.
package struct ChannelRegistry: Sendable {
  package typealias Make = @Sendable (ChannelName, JSONNode, [String], inout Report) -> (any NotificationChannel)?

  /// The parts of a kind that `belfry channels` shows.
  package struct Entry: Sendable {
    package let kind: ChannelKind
    /// Described when asked for: most commands never ask, and describing all kinds takes a tenth of their start.
    package var settings: [FieldSummary] { describe() }
    /// The default rate limit of the service.
    package let rate: Rate?
    package let make: Make
    fileprivate let describe: @Sendable () -> [FieldSummary]
  }

  private var entries: [ChannelKind: Entry] = [:]

  /// Creates a registry of those kinds.
  ///
  /// Two channels of one kind are a mistake in the program, and end it at its start.
  package init(_ kinds: [any NotificationChannel.Type] = []) {
    for kind in kinds { register(kind) }
  }

  private mutating func register<Channel: NotificationChannel>(_ type: Channel.Type) {
    guard entries[Channel.kind] == nil else {
      fatalError("Two channels of this program have the kind \"\(Channel.kind)\". Register one of them.")
    }
    let make: Make = { name, node, others, report in
      Channel.Settings(decoding: node, besides: others, report: &report).map { Channel(name: name, settings: $0) }
    }
    entries[Channel.kind] = Entry(
      kind: Channel.kind,
      rate: Channel.rate,
      make: make,
      describe: { Channel.Settings.fields.map(\.summary) }
    )
  }

  package var kinds: [Entry] { entries.values.sorted { $0.kind < $1.kind } }

  package subscript(kind: ChannelKind) -> Entry? { entries[kind] }
}
