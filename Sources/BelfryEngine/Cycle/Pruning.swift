// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryLedger
package import BelfryTransport
internal import ServiceLifecycle

/// Removes what is over and older than `keep` from the ledger: one pass after another, each in small batches between
/// other work.
package struct Pruning: Sendable {
  private let keep: Duration
  private let ledger: any History
  private let time: any TimeSource
  private let console: Console

  /// The most rows that one batch examines: removing them takes a few milliseconds.
  package static let batch = 100
  /// The rest after each batch, so that other writers have most of the time.
  package static let rest = Duration.milliseconds(50)
  /// The time from one pass to the next.
  package static let interval = Duration.seconds(3_600)
  /// The time from the start to the first pass: by then the machine's clock was set.
  package static let delay = Duration.seconds(600)
  /// How far the wall clock may step ahead of the monotonic one.
  ///
  /// After a larger step nothing is removed for `settling`: what was removed by a wrong clock would not come back.
  package static let tolerance = Duration.seconds(3_600)
  package static let settling = Duration.seconds(86_400)

  package init(keep: Duration, ledger: any History, time: any TimeSource, console: Console) {
    self.keep = keep
    self.ledger = ledger
    self.time = time
    self.console = console
  }

  /// Makes passes until it is asked to stop, which it does between two batches.
  package func run() async {
    await cancelWhenGracefulShutdown {
      var trouble: String?
      do {
        var clock = reading
        try await time.sleep(for: Pruning.delay)
        while true {
          let wait = clock.wait(at: reading)
          guard wait == .zero else {
            try await time.sleep(for: wait)
            clock = reading
            continue
          }
          do {
            report(try await pass(), before: time.now() - keep)
            trouble = nil
          } catch let error as LedgerError {
            // Reported once: other parts of Belfry cannot write either, and say so.
            if trouble == nil { console.warn("history is not removed: \(error)", .topic(.ledger), .error(error)) }
            trouble = error.description
          }
          try await time.sleep(for: Pruning.interval)
        }
      } catch {
        // Cancelled: the next start continues.
      }
    }
  }

  /// Removes everything that may be removed now.
  ///
  /// - Throws: `LedgerError` if the ledger refuses a batch, and `CancellationError`; earlier batches stay removed.
  package func pass() async throws -> PruneStep.Removed {
    var removed = PruneStep.Removed()
    var cursor: PruneCursor? = PruneCursor(before: time.now() - keep)
    while let next = cursor {
      let step = try await ledger.prune(next, limit: Pruning.batch)
      removed += step.removed
      cursor = step.next
      // A new stage begins at once: most have nothing to remove.
      if let cursor, !cursor.isBeginning { try await time.sleep(for: Pruning.rest) }
    }
    try await ledger.notePruned()
    return removed
  }

  private func report(_ removed: PruneStep.Removed, before cutoff: Instant) {
    guard !removed.isEmpty else { return }
    let parts = [
      (removed.alerts, "alert"), (removed.decisions, "decision"), (removed.deliveries, "message"),
      (removed.silences, "silence"),
    ]
    let texts = parts.filter { $0.0 > 0 }.map { counted($0.0, $0.1) }
    guard !texts.isEmpty else { return }
    console.say("removed history from before \(cutoff.iso8601): \(texts.joined(separator: ", "))", .topic(.ledger))
  }

  private var reading: ClockReading { ClockReading(now: time.now(), elapsed: time.elapsed()) }

  /// Both clocks at one moment.
  private struct ClockReading {
    let now: Instant
    let elapsed: Duration

    /// How long nothing may be removed, because the wall clock stepped ahead since.
    func wait(at later: ClockReading) -> Duration {
      (later.now - now) - (later.elapsed - elapsed) > Pruning.tolerance ? Pruning.settling : .zero
    }
  }
}
