// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryAudit
package import BelfryLedger
package import BelfryTransport
internal import ServiceLifecycle
internal import Synchronization

/// Appends rows to the audit log in order, without delaying deliveries.
///
/// While the file cannot be written, for example on a full disk, rows wait in memory; beyond `capacity` the oldest are
/// dropped. A row in the log states how many, as soon as it can be written.
package final class AuditLog: Sendable {
  private struct State {
    var waiting: [any AuditEntry] = []
    /// The number of rows at the front that are being written and so cannot be dropped.
    var underway = 0
    var lost = 0
    var trouble: String?
    /// Whether a row waits that no ledger could restore after a crash.
    var isUrgent = false
    /// Whether what waits may wait longer, so that it is written together with more.
    var mayWait: Bool { !waiting.isEmpty && !isUrgent && trouble == nil }
    /// Attempts whose rows are in the file, but not recorded in the ledger yet.
    var audited: [DeliveryAttempt] = []
  }

  private struct Judgement: Equatable {
    var loss: String?
  }

  private let rows: any RowKeeping
  private let time: any TimeSource
  private let console: Console
  private let capacity: Int
  /// Nil if there is no durable ledger.
  private let ledger: (any AuditedLedger)?
  private let state = Mutex(State())
  private let signal = Wakeup()
  /// The last row recorded in the ledger.
  private let vouched = Mutex<ChainEnd?>(nil)
  /// The loss that was last reported.
  private let loss = Mutex<String?>(nil)
  /// The loss that was last judged; nil if none was yet.
  private let judged = Mutex<Judgement?>(nil)
  private let stopping = StopFlag()

  private static let batch = 2_000
  /// How long rows that the ledger can restore wait for more: a sync of the disk costs as much as many rows.
  private static let gathering = Duration.milliseconds(100)
  /// How often the ledger and the log record each other's position while nothing else happens.
  private static let vouching = Duration.seconds(5)

  /// Makes a log; at most `capacity` rows wait, by default some tens of megabytes.
  ///
  /// With a `ledger`, each records the other's position: the log notes the ledger's, and the ledger the log's last row.
  package init(
    rows: any RowKeeping,
    time: any TimeSource,
    console: Console,
    capacity: Int = 100_000,
    ledger: (any AuditedLedger)? = nil
  ) {
    self.ledger = ledger
    self.rows = rows
    self.time = time
    self.console = console
    self.capacity = capacity
  }

  /// Whether a ledger records which attempts have their rows.
  var hasLedger: Bool { ledger != nil }

  /// Queues rows and returns at once.
  package func append(_ rows: [any AuditEntry]) {
    guard !rows.isEmpty else { return }
    let isNews = state.withLock { state in
      let wasEmpty = state.waiting.isEmpty
      state.waiting += rows
      let isUrgent = ledger == nil || rows.contains { $0.attempt == nil } || state.waiting.count >= AuditLog.batch
      let becomesUrgent = isUrgent && !state.isUrgent
      state.isUrgent = state.isUrgent || isUrgent
      let excess = state.waiting.count - max(capacity, state.underway)
      if excess > 0 {
        state.waiting.removeSubrange(state.underway..<state.underway + excess)
        state.lost += excess
      }
      return wasEmpty || becomesUrgent
    }
    if isNews { signal.raise() }
  }

  /// Writes rows as they arrive until it is asked to stop; then writes the rest.
  ///
  /// - Parameter judge: Gets the reason why written rows have disappeared, or nil; at the start and on every change. If it
  ///   throws, it is called again a few seconds later.
  package func run(judge: (String?) async throws -> Void = { _ in }) async {
    await withGracefulShutdownHandler {
      var next = time.elapsed()
      while !stopping.isRaised && !Task.isCancelled {
        let isWritten = await flush(patiently: true)
        // Not after each batch: it costs a commit of the ledger.
        if isWritten, time.elapsed() >= next {
          await reportLoss(to: judge)
          await vouch()
          next = time.elapsed() + AuditLog.vouching
        }
        let pause = ledger == nil ? nil : max(.milliseconds(1), next - time.elapsed())
        await signal.wait(atMost: isWritten ? pause : .seconds(2), on: time)
        await gather()
      }
    } onGracefulShutdown: {
      self.stopping.raise()
      self.signal.raise()
    }
    _ = await flush()
  }

  /// Waits a moment for more rows, unless some are urgent.
  private func gather() async {
    let end = time.elapsed() + AuditLog.gathering
    while !stopping.isRaised, !Task.isCancelled, state.withLock(\.mayWait) {
      let rest = end - time.elapsed()
      if rest <= .zero { return }
      await signal.wait(atMost: rest, on: time)
    }
  }

  /// Writes the waiting rows, and reports those that could not be written.
  package func close() async {
    guard await flush() == false else { return await vouch() }
    let count = state.withLock { $0.waiting.count + $0.lost }
    console.fail(
      "audit log: \(count) row\(count == 1 ? "" : "s") could not be written and are lost",
      .topic(.audit),
      .number(.lost, count)
    )
  }

  /// Records the last row's hash in the ledger, and the ledger's position in the log.
  ///
  /// Both are recorded after the data is safe, so each may lag behind but is never ahead.
  private func vouch() async {
    guard let ledger else { return }
    await noteAudited(in: ledger)
    do {
      guard let before = try await ledger.position(), let end = await rows.note(before) else { return }
      let isNew = vouched.withLock { vouched in
        defer { vouched = end }
        return vouched != end
      }
      guard isNew else { return }
      let kept = try await ledger.marks(beginning: AuditPosition.ledgerMark)[AuditPosition.ledgerMark]
      // A log that starts again must not overwrite the position of the old one.
      if let old = kept.flatMap(ChainEnd.init(text:)), old.number > end.number {
        return try await ledger.note(marks: [AuditPosition.restartMark: end.text])
      }
      try await ledger.note(marks: [AuditPosition.ledgerMark: end.text])
      if let after = try await ledger.position() { _ = await rows.note(after) }
    } catch {
      // The notifier reports that the ledger cannot be written; this tries again soon.
      vouched.withLock { $0 = nil }
    }
  }

  /// Records in the ledger which attempts have their rows.
  private func noteAudited(in ledger: any AuditedLedger) async {
    let audited = state.withLock { state in
      defer { state.audited = [] }
      return state.audited
    }
    guard !audited.isEmpty else { return }
    do {
      try await ledger.noteAudited(audited)
    } catch {
      // It is tried again in a few seconds. If there are too many by then, the next start finds the rest in the log.
      state.withLock { $0.audited = Array((audited + $0.audited).prefix(capacity)) }
    }
  }

  /// Reports once that written rows have disappeared.
  private func reportLoss(to judge: (String?) async throws -> Void) async {
    let now = await rows.loss()?.message
    if judged.withLock({ $0 }) != Judgement(loss: now) {
      do {
        try await judge(now)
        judged.withLock { $0 = Judgement(loss: now) }
      } catch {
        // The notifier reports that the ledger cannot be written; it is tried again in a few seconds.
      }
    }
    let isNew = loss.withLock { loss in
      defer { loss = now }
      return loss != now
    }
    guard isNew, let now else { return }
    console.fail(
      "audit log: \(now); its rows are lost, and new rows go to a new file",
      .topic(.audit),
      .text(.error, now)
    )
  }

  /// Writes the missing rows of attempts that an earlier process settled.
  ///
  /// It reads the whole log if there are any such attempts, so it must not delay the work.
  ///
  /// - Parameters:
  ///   - unaudited: Attempts that may have no row, all settled before this process settled any.
  ///   - log: The path of the file that is written to.
  package func restore(_ unaudited: [AuditedAttempt], in log: String) async {
    guard let ledger, !unaudited.isEmpty else { return }
    do {
      var missing = Dictionary(unaudited.map { ($0.attempt, $0) }) { first, _ in first }
      var reader = AuditReader(path: log)
      while !missing.isEmpty, let piece = try await reader.readPiece() {
        for line in piece.lines {
          if let attempt = ChainedRow(line)?.attempt { missing[attempt] = nil }
        }
      }
      try await ledger.noteAudited(unaudited.map(\.attempt).filter { missing[$0] == nil })
      for one in missing.values.sorted(by: { $0.number < $1.number }) {
        guard let record = try await ledger.delivery(one.attempt.delivery) else { continue }
        let failures = try await ledger.attempts(at: one.attempt.delivery)
        append([AuditRow(one, of: record, failures: failures)])
      }
      guard !missing.isEmpty else { return }
      let count = missing.count
      console.say(
        "audit log: \(count) row\(count == 1 ? "" : "s") that the last process could not write \(count == 1 ? "is" : "are") written now",
        .topic(.audit)
      )
    } catch {
      console.warn(
        "audit log: rows that the last process could not write are missing until the next start: \(error)",
        .topic(.audit),
        .error(error)
      )
    }
  }

  /// The ledger's position; it includes everything that the rows report.
  private func position() async -> LedgerPosition? {
    do {
      return try await ledger?.position()
    } catch {
      // The notifier reports that the ledger cannot be read; the note keeps its old content.
      return nil
    }
  }

  /// Writes all waiting rows.
  ///
  /// - Parameter patiently: Whether rows that the ledger can restore may wait a moment for more.
  /// - Returns: whether all of them are in the file.
  @discardableResult
  package func flush(patiently: Bool = false) async -> Bool {
    while true {
      let (rows, lost) = state.withLock { state in
        state.underway = min(state.waiting.count, AuditLog.batch)
        state.isUrgent = false
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
      if patiently { await gather() }
    }
  }

  private func wrote(_ count: Int, _ lost: Int) {
    let wasTrouble = state.withLock { state in
      if ledger != nil { state.audited += state.waiting.prefix(count).compactMap(\.attempt) }
      state.waiting.removeFirst(count)
      state.underway = 0
      state.lost -= lost
      defer { state.trouble = nil }
      return state.trouble != nil
    }
    guard wasTrouble else { return }
    console.say(
      "audit log: can be written again" + (lost > 0 ? "; \(lost) rows were lost, which is recorded in the log" : ""),
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
      "audit log: cannot be written: \(failure.message); rows are kept in memory, and deliveries continue",
      .topic(.audit),
      .text(.error, failure.message)
    )
  }
}
