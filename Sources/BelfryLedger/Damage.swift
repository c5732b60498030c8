// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Synchronization

/// An unreadable value in the ledger, which is worked around.
///
/// One damaged row must not block the others. A read skips it or shows what is left of it; a write sets it aside.
/// Either way it is recorded, and every report on the ledger's health mentions it.
package struct Damage: Sendable, Hashable {
  /// The kind of record that is damaged.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    case alert
    case attempt
    case channel
    case circuit
    case commit
    case counter
    case decision
    case delivery
    case entry
    case file
    case list
    case receipt
    case rows
    case silence
    case timer
  }

  package var kind: Kind
  /// The record's name, such as a delivery's ID.
  package var name: String

  package init(_ kind: Kind, _ name: String) {
    self.kind = kind
    self.name = name
  }

  /// The record and the consequence of the damage, such as `silence k7fm: …`.
  package var text: String { "\(kind.words) \(name): \(kind.consequence)" }
}

extension Damage.Kind {
  /// Whether it is reported for an hour even if it is not found again, because it was removed from the file.
  var isLasting: Bool { self == .file || self == .rows }

  fileprivate var words: String {
    switch self {
    case .attempt: "attempt at the delivery"
    case .channel: "last failure of the channel"
    case .circuit: "circuit of the channel"
    case .commit: "commits"
    case .decision: "decision about"
    case .entry: "state of the hold"
    case .file: "damaged ledger"
    case .receipt: "receipt of the delivery"
    case .rows: "rows of the table"
    case .alert, .counter, .delivery, .list, .silence, .timer: rawValue
    }
  }

  fileprivate var consequence: String {
    switch self {
    case .alert: "unreadable; it counts as new when it fires again"
    case .attempt, .decision: "unreadable; `belfry why` shows the others"
    case .channel, .circuit, .counter: "unreadable; nothing depends on it"
    case .commit: "lost; compare the audit log with `belfry why`"
    case .delivery: "unreadable; its content is lost, or it is sent without the record of earlier attempts"
    case .entry: "unreadable; the hold starts again"
    case .file: "kept unchanged; Belfry continues with a new file that contains all readable rows"
    case .list, .timer: "unreadable; the alerts that waited for it are unknown"
    case .receipt: "unreadable; follow-ups are sent as new messages"
    case .rows: "unreadable; they are not in the new file"
    case .silence: "unreadable; it silences nothing"
    }
  }
}

/// Collects the damage that reads and writes of one ledger find.
///
/// The tables reach it as `DamageNotes.current`, which the ledger sets around each transaction: an unreadable value can
/// turn up in any query, however deep.
final class DamageNotes: Sendable {
  @TaskLocal static var current: DamageNotes?

  private let found = Mutex<[Damage: Instant]>([:])
  private let now: @Sendable () -> Instant

  /// The most notes kept: more than anyone reads.
  ///
  /// A file that is damaged everywhere must not fill the memory.
  private static let capacity = 1_000
  /// How long a note is kept if the damage is not found again: a row overwritten since then is intact.
  private static let lifetime = Duration.seconds(3_600)

  init(now: @escaping @Sendable () -> Instant) { self.now = now }

  /// Notes damage in the ledger of the current transaction.
  static func note(_ kind: Damage.Kind, _ name: String) { current?.note(Damage(kind, name)) }

  private func note(_ damage: Damage) {
    let now = now()
    found.withLock { found in
      guard found.count < DamageNotes.capacity || found[damage] != nil else { return }
      found[damage] = now
    }
  }

  /// Adds damage that an earlier process found.
  func note(_ damage: Damage, at moment: Instant) { found.withLock { $0[damage] = moment } }

  /// When it was last found.
  func moment(of damage: Damage) -> Instant? { found.withLock { $0[damage] } }

  /// The damage found recently.
  var all: Set<Damage> {
    let earliest = now() - DamageNotes.lifetime
    return found.withLock { found in
      found = found.filter { $0.value >= earliest }
      return Set(found.keys)
    }
  }
}
