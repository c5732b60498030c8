// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryLedger
package import BelfryTransport
internal import ServiceLifecycle
internal import Synchronization

/// Appends rows to the audit log, in order, behind the deliveries and never in their way.
///
/// Rows wait in memory while the file cannot be written, say on a full disk; beyond `capacity` the oldest give way. How many
/// those were is a row of the log, as soon as there can be one.
package final class AuditLog: Sendable {
  private struct State {
    var waiting: [any AuditEntry] = []
    /// How many of the first that wait are being written, and so cannot give way.
    var underway = 0
    var lost = 0
    var trouble: String?
  }

  private let rows: any RowKeeping
  private let time: any TimeSource
  private let console: Console
  private let capacity: Int
  /// Nil where no ledger outlives the process.
  private let ledger: (any Ledger)?
  private let state = Mutex(State())
  private let signal = Signal()
  /// The last row that the ledger knows of.
  private let vouched = Mutex<ChainEnd?>(nil)
  private let loss = Mutex<String?>(nil)
  private let stopping = Flag()

  private static let batch = 2_000
  /// How often the ledger and the log vouch for each other while nothing else happens.
  private static let vouching = Duration.seconds(5)

  /// At most `capacity` rows wait; the default is some tens of megabytes.
  ///
  /// With a `ledger` the two vouch for each other: the log notes how far the ledger has come, and the ledger the log's last row.
  package init(
    rows: any RowKeeping,
    time: any TimeSource,
    console: Console,
    capacity: Int = 100_000,
    ledger: (any Ledger)? = nil
  ) {
    self.ledger = ledger
    self.rows = rows
    self.time = time
    self.console = console
    self.capacity = capacity
  }

  /// Takes rows and returns at once.
  package func append(_ rows: [any AuditEntry]) {
    guard !rows.isEmpty else { return }
    state.withLock { state in
      state.waiting += rows
      let excess = state.waiting.count - max(capacity, state.underway)
      guard excess > 0 else { return }
      state.waiting.removeSubrange(state.underway..<state.underway + excess)
      state.lost += excess
    }
    signal.raise()
  }

  /// Writes rows as they come, until it is told to stop; then writes what is left.
  package func run() async {
    await withGracefulShutdownHandler {
      var next = time.elapsed()
      while !stopping.isRaised && !Task.isCancelled {
        let isWritten = await flush()
        // Not after each batch: it is a commit of the ledger.
        if isWritten, time.elapsed() >= next {
          await reportLoss()
          await vouch()
          next = time.elapsed() + AuditLog.vouching
        }
        let pause = ledger == nil ? nil : max(.milliseconds(1), next - time.elapsed())
        await signal.wait(atMost: isWritten ? pause : .seconds(2), on: time)
      }
    } onGracefulShutdown: {
      self.stopping.raise()
      self.signal.raise()
    }
    _ = await flush()
  }

  /// Writes what waits, and says what could not be written.
  package func close() async {
    guard await flush() == false else { return await vouch() }
    let count = state.withLock { $0.waiting.count + $0.lost }
    console.fail(
      "audit log: \(count) row\(count == 1 ? "" : "s") could not be written and are lost",
      .topic(.audit),
      .number(.lost, count)
    )
  }

  /// Has the ledger keep the last row's hash, and the log how far the ledger has come.
  ///
  /// Both notes are made after what they are about is safe, so each may lag behind and is never ahead.
  private func vouch() async {
    guard let ledger else { return }
    do {
      guard let before = try await ledger.position(), let end = await rows.note(before) else { return }
      let isNew = vouched.withLock { vouched in
        defer { vouched = end }
        return vouched != end
      }
      guard isNew else { return }
      let kept = try await ledger.marks(beginning: AuditMark.ledgerMark)[AuditMark.ledgerMark]
      // A log that begins again does not make the ledger forget how far the old one had come.
      if let old = kept.flatMap(ChainEnd.init(text:)), old.number > end.number { return }
      try await ledger.note(marks: [AuditMark.ledgerMark: end.text])
      if let after = try await ledger.position() { _ = await rows.note(after) }
    } catch {
      // The notifier says that the ledger cannot be written; it is tried again in a moment.
      vouched.withLock { $0 = nil }
    }
  }

  /// Says once that rows which were written are no longer there.
  private func reportLoss() async {
    let now = await rows.loss()?.message
    let isNew = loss.withLock { loss in
      defer { loss = now }
      return loss != now
    }
    guard isNew, let now else { return }
    console.fail(
      "audit log: \(now); its rows are gone, new ones are written to a new file",
      .topic(.audit),
      .text(.error, now)
    )
  }

  /// How far the ledger has come: everything that the rows are about is part of it.
  private func position() async -> LedgerPosition? {
    do {
      return try await ledger?.position()
    } catch {
      // The notifier says that the ledger cannot be read; the note keeps what it said before.
      return nil
    }
  }

  /// Writes everything that waits.
  ///
  /// - Returns: whether it is all in the file.
  @discardableResult
  package func flush() async -> Bool {
    while true {
      let (rows, lost) = state.withLock { state in
        state.underway = min(state.waiting.count, AuditLog.batch)
        return (state.waiting.prefix(state.underway), state.lost)
      }
      guard !rows.isEmpty || lost > 0 else { return true }
      var writer = JSONWriter()
      if lost > 0 { AuditGap(emittedAt: time.now(), count: lost).encode(into: &writer) }
      for row in rows { row.encode(into: &writer) }
      if let failure = await self.rows.keep(writer.bytes, ledger: await position()) {
        report(failure)
        return false
      }
      wrote(rows.count, lost)
    }
  }

  private func wrote(_ count: Int, _ lost: Int) {
    let wasTrouble = state.withLock { state in
      state.waiting.removeFirst(count)
      state.underway = 0
      state.lost -= lost
      defer { state.trouble = nil }
      return state.trouble != nil
    }
    guard wasTrouble else { return }
    console.say(
      "audit log: can be written again" + (lost > 0 ? "; \(lost) rows were lost, and a row says so" : ""),
      .topic(.audit),
      .number(.lost, lost)
    )
  }

  private func report(_ failure: TransportFailure) {
    let isNew = state.withLock { state in
      state.underway = 0
      defer { state.trouble = failure.message }
      return state.trouble != failure.message
    }
    guard isNew else { return }
    console.fail(
      "audit log: cannot be written: \(failure.message); rows wait in memory, deliveries go on",
      .topic(.audit),
      .text(.error, failure.message)
    )
  }
}
