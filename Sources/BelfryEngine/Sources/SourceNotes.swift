// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryConfiguration
package import BelfryLedger
internal import BelfryPolicy

/// Decides when to record the state of the sources in the ledger: whenever something changes or a source was read,
/// otherwise once a minute, which also shows that the notifier is running.
package struct SourceNotes: Sendable {
  private var written: [SourceNote]?

  package init() {}

  package static let period = Duration.seconds(60)
  /// A source that is read more often is recorded only once in this time, so that the disk is not synced for each read.
  package static let shortest = Duration.seconds(5)

  /// The notes to record now; nil if the last recorded ones are current enough.
  package mutating func next(_ watches: [SourceWatch], at now: Instant) -> [SourceNote]? {
    let notes = watches.map { watch in
      SourceNote(
        name: watch.source.name,
        lastRead: watch.lastRead,
        trouble: watch.trouble.map { .init($0, since: watch.troubleSince ?? now) },
        active: watch.active.count,
        at: now
      )
    }
    guard written.map({ $0.isOutdated(by: notes) }) ?? true else { return nil }
    written = notes
    return notes
  }
}

extension [SourceNote] {
  fileprivate func isOutdated(by notes: [SourceNote]) -> Bool {
    guard count == notes.count else { return true }
    return zip(self, notes).contains { old, new in
      let age = new.at - old.at
      return age >= SourceNotes.period || age < .zero || old.trouble != new.trouble || old.active != new.active
        || (old.lastRead == nil) != (new.lastRead == nil)
        || old.lastRead != new.lastRead && age >= SourceNotes.shortest
    }
  }
}
