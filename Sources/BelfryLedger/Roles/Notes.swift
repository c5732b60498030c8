// SPDX-License-Identifier: Apache-2.0

/// The ledger as a notebook: what parts of Belfry keep from one start to the next, which no decision depends on.
///
/// These are the state of sources and circuits, the versions of `channels.json`, progress cursors and keys by name, and
/// the results of investigations. This is its face outside of a transaction: each write is one request in a turn of the
/// commit loop and returns after the commit; what it does is said at the method of the same name in
/// ``NotesTransaction``. A method that throws has changed nothing.
package protocol Notes: Sendable {
  func note(sources: [SourceNote]) async throws
  func note(circuits: [CircuitNote]) async throws
  func keep(configuration text: String, because cause: String) async throws -> Int
  func note(refusal: ConfigurationRefusal?) async throws
  func note(marks: [String: String?]) async throws
  func note(investigations: [RecordedInvestigation]) async throws

  /// The last recorded state of the sources, by name.
  func sources() async throws -> [SourceNote]

  /// The last recorded circuits that were not closed, by channel.
  func circuits() async throws -> [CircuitNote]

  /// Configurations that were in force, latest first.
  func configurations(limit: Int) async throws -> [ConfigurationVersion]

  /// The reason why the last configuration was rejected; nil if it is in force.
  func refusal() async throws -> ConfigurationRefusal?

  /// The progress cursors whose names have this prefix.
  func marks(beginning prefix: String) async throws -> [String: String]

  /// The last investigations of these subjects, latest last.
  func investigations(of subjects: [RecordedInvestigation.Subject], limit: Int) async throws -> [RecordedInvestigation]
}

/// The ``Notes`` inside a transaction.
package protocol NotesTransaction: AnyObject {
  /// Records the state of the sources, replacing what was recorded before.
  func note(sources: [SourceNote]) throws

  /// Records the circuits that are not closed, replacing those recorded before.
  func note(circuits: [CircuitNote]) throws

  /// Records the text of the configuration now in force, and returns its version number, which is the last one's if the
  /// text is the same.
  func keep(configuration text: String, because cause: String) throws -> Int

  /// Records that a configuration was rejected; nil when the last one was accepted.
  func note(refusal: ConfigurationRefusal?) throws

  /// Records progress cursors by name; nil removes one.
  func note(marks: [String: String?]) throws

  /// Records the results of investigations; those already recorded stay as they are.
  func note(investigations: [RecordedInvestigation]) throws
}

extension Notes where Self: Ledger {
  package func note(sources: [SourceNote]) async throws {
    try await loop.write(weight: 1) { try $0.note(sources: sources) }
  }

  package func note(circuits: [CircuitNote]) async throws {
    try await loop.write(weight: 1) { try $0.note(circuits: circuits) }
  }

  package func keep(configuration text: String, because cause: String) async throws -> Int {
    try await loop.write(weight: 1) { try $0.keep(configuration: text, because: cause) }
  }

  package func note(refusal: ConfigurationRefusal?) async throws {
    try await loop.write(weight: 1) { try $0.note(refusal: refusal) }
  }

  package func note(marks: [String: String?]) async throws {
    try await loop.write(weight: 1) { try $0.note(marks: marks) }
  }

  package func note(investigations: [RecordedInvestigation]) async throws {
    try await loop.write(weight: investigations.count) { try $0.note(investigations: investigations) }
  }
}
