// SPDX-License-Identifier: Apache-2.0

/// The source kinds of a program, by name: made once, in the wiring, and passed down.
package struct SourceRegistry: Sendable {
  package typealias Make = @Sendable (SourceName, JSONNode, [String], inout Report) -> (any AlertSource)?

  /// The parts of a kind that the file's reader and the docs need.
  package struct Entry: Sendable {
    package let kind: SourceKind
    /// Described when asked for, as those of channels are.
    package var settings: [FieldSummary] { describe() }
    package let make: Make
    fileprivate let describe: @Sendable () -> [FieldSummary]
  }

  /// The kinds, in the order in which they were given.
  package private(set) var kinds: [Entry] = []

  /// Creates a registry of those kinds.
  ///
  /// Two sources of one kind are a mistake in the program, and end it at its start.
  package init(_ kinds: [any AlertSource.Type] = []) {
    for kind in kinds { register(kind) }
  }

  private mutating func register<Source: AlertSource>(_ type: Source.Type) {
    guard self[Source.kind] == nil else {
      fatalError("Two sources of this program have the kind \"\(Source.kind)\". Register one of them.")
    }
    let make: Make = { name, node, others, report in
      Source.Settings(decoding: node, besides: others, report: &report).map { Source(name: name, settings: $0) }
    }
    kinds.append(Entry(kind: Source.kind, make: make) { Source.Settings.fields.map(\.summary) })
  }

  package subscript(kind: SourceKind) -> Entry? { kinds.first { $0.kind == kind } }
}
