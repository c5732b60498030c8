// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryAudit
import BelfryEngine
import BelfryLedger
import BelfryOperations
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
import Synchronization
import Testing

@Suite("The audit log")
struct AuditTests {
  private let row = AuditRow(
    emittedAt: Instant(seconds: 1_800_000_000),
    channel: "slack_dm",
    content: .alert(alert("a"))
  )

  private func text(_ row: AuditRow) -> String {
    var writer = JSONWriter()
    row.encode(into: &writer)
    return writer.text
  }

  @Test("a row has the same keys, order and form as in the system that Belfry replaces")
  func form() {
    #expect(
      text(row) == """
        {"emitted_at":"2027-01-15T08:00:00Z","seam":"notification.dispatched","details":{"channel":"slack_dm",\
        "alert_id":"a","severity":"critical","category":"disk","status":"ok"},"caller_session_id":null,"source":null}

        """
    )
  }

  @Test("a failed attempt has the code of its error, and never its text")
  func failed() {
    var failed = row
    failed.error = "http_503"
    #expect(text(failed).contains(#""status":"failed","error":"http_503""#))
  }

  @Test("a burst's row lists every alert, in order")
  func burst() {
    var burst = row
    burst.content = .burst([alert("z"), alert("b")])
    #expect(text(burst).contains(#""alert_id":"burst:2","severity":"burst","category":"burst_summary""#))
    #expect(text(burst).contains(#""burst_count":2,"burst_alert_ids":["b","z"]"#))
  }

  /// A log that keeps at most three waiting rows, its rows, and its output.
  private func smallLog() -> (log: AuditLog, kept: KeptRows, printed: RecordedLines) {
    let (kept, printed, time) = (KeptRows(), RecordedLines(), VirtualTime())
    let console = Console(time: time) { printed.add($0) }
    return (AuditLog(rows: kept, time: time, console: console, capacity: 3), kept, printed)
  }

  private func row(_ id: String) -> AuditRow {
    AuditRow(emittedAt: Instant(seconds: 1_800_000_000), channel: "slack_dm", content: .alert(alert(id)))
  }

  private static let full = TransportFailure(.diskFull, "no space is left for audit.jsonl")

  @Test("rows wait while the disk is full, are reported once, and are all written when there is space")
  func fullDisk() async {
    let (log, kept, printed) = smallLog()
    kept.fail(Self.full)
    log.append([row("a"), row("b")])
    #expect(await log.flush() == false)
    #expect(await log.flush() == false)
    #expect(printed.all.count { $0.contains("cannot be written: no space is left") } == 1)
    kept.fail(nil)
    #expect(await log.flush() == true)
    #expect(printed.contains("can be written again"))
    #expect(kept.all == [row("a"), row("b")].map { String(text($0).dropLast()) })
  }

  @Test("rows that were dropped are counted in a separate row, once")
  func gap() async throws {
    let (log, kept, printed) = smallLog()
    kept.fail(Self.full)
    log.append(["a", "b", "c", "d"].map { row($0) })
    #expect(await log.flush() == false)
    log.append([row("e")])
    #expect(await log.flush() == false)
    kept.fail(nil)
    #expect(await log.flush() == true)
    #expect(printed.contains("2 rows were lost, which is recorded in the log"))
    let lines = kept.all.compactMap { AuditLine($0) }
    #expect(lines.map(\.seam) == ["audit.rows_lost"] + Array(repeating: "notification.dispatched", count: 3))
    #expect(try #require(lines.first).text.hasSuffix(" 2 rows are missing here because they could not be written"))
    #expect(lines.map(\.lostCount) == [2, nil, nil, nil])
    log.append([row("f")])
    #expect(await log.flush() == true)
    #expect(kept.all.count == 5)
  }

  @Test("rows being written are not dropped for newer ones")
  func underway() async {
    let gate = SlowRows()
    let time = VirtualTime()
    let log = AuditLog(rows: gate, time: time, console: Console(time: time) { _ in }, capacity: 3)
    log.append(["a", "b"].map { row($0) })
    gate.duringNextWrite { log.append(["c", "d", "e"].map { self.row($0) }) }
    #expect(await log.flush() == true)
    let ids = gate.all.compactMap { $0.firstMatch(of: /"alert_id":"(\w)"|"count":(\d)/) }.map { $0.1 ?? $0.2 ?? "" }
    #expect(ids == ["a", "b", "2", "e"], "c and d gave way, which is said before e")
  }

  @Test("rows that cannot be written at the end are reported")
  func closing() async {
    let (log, kept, printed) = smallLog()
    kept.fail(Self.full)
    log.append(["a", "b"].map { row($0) })
    await log.close()
    #expect(printed.contains("2 rows could not be written and are lost"))
  }

  @Test("an alert fires once when rows are gone, status says so, and a process that misses none ends it")
  func rowsGone() async throws {
    let environment = try TestEnvironment(
      #"{"channels": {"log": {"kind": "file", "path": "x"}}, "routes": [{"to": "log", "resolved": true}]}"#
    ) { ScriptedTransport.accept($0) }
    func alarm() -> AuditAlarm {
      AuditAlarm(ledger: environment.ledger, notifier: environment.notifier, time: environment.time)
    }
    func status() async throws -> StatusReport {
      try await StatusReport.read(environment.ledger, environment.configuration)
    }
    try await alarm().judge(nil)
    #expect(try await !status().isBadNews(at: environment.time.now()))
    try await alarm().judge("audit.jsonl was deleted")
    try await alarm().judge("audit.jsonl was deleted")
    try await environment.dispatcher.drain()
    #expect(environment.sent.count == 1)
    let report = try await status()
    #expect(report.auditTrouble == "audit.jsonl was deleted" && report.isBadNews(at: environment.time.now()))
    try await alarm().judge(nil)
    try await environment.dispatcher.drain()
    #expect(environment.sent.count == 2)
    #expect(try await status().auditTrouble == nil)
  }

  @Test("what it misses is judged once at first and whenever that changes, and again after a failure")
  func judges() async throws {
    struct Busy: Error {}
    let (kept, time) = (KeptRows(), VirtualTime())
    let log = AuditLog(
      rows: kept,
      time: time,
      console: Console(time: time) { _ in },
      ledger: MemoryLedger(now: { time.now() })
    )
    let judged = RecordedLines()
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        await log.run { loss in
          judged.add(loss ?? "none")
          if judged.all.count == 2 { throw Busy() }
        }
      }
      let gone = TransportFailure(.file, "gone")
      for loss in [nil, gone, gone, nil] {
        await time.whenAsleep(1)
        kept.lose(loss)
        time.advance(by: .seconds(5))
      }
      await time.whenAsleep(1)
      group.cancelAll()
    }
    #expect(judged.all == ["none", "gone", "gone", "none"])
  }

  @Test(
    "rows that the ledger can restore wait a moment for others, unless one comes that it cannot",
    arguments: [true, false]
  )
  func gathers(isRestorable: Bool) async throws {
    let (kept, time) = (SlowRows(), VirtualTime())
    let log = AuditLog(
      rows: kept,
      time: time,
      console: Console(time: time) { _ in },
      ledger: MemoryLedger(now: { time.now() })
    )
    let rows = (1...3).map { number in
      var row = row
      row.attempt = DeliveryAttempt(delivery: DeliveryID("d\(number)"), number: 1)
      return row
    }
    // While the first is written, others come.
    kept.duringNextWrite { log.append([rows[1], isRestorable ? rows[2] : self.row]) }
    log.append([rows[0]])
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await log.run() }
      await time.whenAsleep(1)
      #expect(kept.all.count == (isRestorable ? 1 : 3))
      time.advance(by: .milliseconds(100))
      await time.whenAsleep(1)
      #expect(kept.all.count == 3)
      group.cancelAll()
    }
  }

  @Test("a reader gets each complete line once, and starts over when the file is replaced")
  func reader() async throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "audit.jsonl")
    var reader = AuditReader(path: file.path)
    #expect(try await reader.readLines() == [])
    try Data("one\ntw".utf8).write(to: file)
    #expect(try await reader.readLines() == ["one"])
    let handle = try FileHandle(forWritingTo: file)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("o\nthree\n".utf8))
    try handle.close()
    #expect(try await reader.readLines() == ["two", "three"])
    try FileManager.default.removeItem(at: file)
    try Data("new\n".utf8).write(to: file)
    #expect(try await reader.readLines() == ["new"])
  }

  @Test("a reader reads all files, and follows a rotation without losing a line")
  func rotation() async throws {
    let folder = try AuditFolder()
    try await folder.keep(1, 2, day: "2026-11-23")
    try await folder.keep(3, day: "2026-11-24")
    var reader = AuditReader(path: folder.path)
    #expect(try await folder.numbers(&reader) == [1, 2, 3])
    try await folder.keep(4, day: "2026-11-24")
    try await folder.keep(5, day: "2026-11-25")
    try await folder.keep(6, day: "2026-11-26")
    #expect(try await folder.numbers(&reader) == [4, 5, 6])
    #expect(try await folder.numbers(&reader) == [])
  }

  @Test("the trail of an intact log is good across its files, and counts the rows reported as lost")
  func trail() async throws {
    let folder = try AuditFolder()
    #expect(try await AuditTrail.read(folder.path).chain.isGood, "there is none yet")
    try await folder.keep(1, 2, day: "2026-11-23")
    var writer = JSONWriter()
    AuditGap(emittedAt: Instant(seconds: 1_800_000_000) + .milliseconds(250), count: 7).encode(into: &writer)
    #expect(await folder.log.keep(writer.bytes) == nil)
    let trail = try await AuditTrail.read(folder.path)
    #expect(trail.chain.isGood && trail.chain.rows == 3 && trail.lost == 7, "\(trail)")
  }

  @Test("a missing end of the log is found by the ledger, with or without the note, and so is a missing anchor")
  func anchors() async throws {
    let folder = try AuditFolder()
    let ledger = MemoryLedger(now: { Instant(seconds: 1_800_000_000) })
    try await folder.keep(1, 2, 3, day: "2026-11-23")
    let end = try #require(LogFiles.end(of: folder.path)?.end)
    try await ledger.note(marks: ["audit.end": end.text])
    #expect(try await AuditTrail.read(folder.path, beside: ledger).isGood)
    let other = ChainEnd(number: 3, hash: String(repeating: "0", count: 64))
    let wrong = try await AuditTrail.read(folder.path, beside: ledger, anchors: [other])
    #expect(wrong.chain.faults.map(\.kind) == [.otherEnd(3)])

    let text = try String(contentsOfFile: folder.path, encoding: .utf8)
    let bare = text.replacing(/(,"after":"[0-9a-f]*")?,"number":[0-9]*,"hash":"[0-9a-f]*"}/, with: "}")
    try bare.write(toFile: folder.path, atomically: false, encoding: .utf8)
    try FileManager.default.removeItem(atPath: folder.path + "-end")
    let stripped = try await AuditTrail.read(folder.path, beside: ledger)
    #expect(stripped.chain.faults.map(\.kind) == [.missing(1...3)])
    try FileManager.default.removeItem(atPath: folder.path)
    let gone = try await AuditTrail.read(folder.path, beside: ledger)
    #expect(gone.chain.faults.map(\.kind) == [.missing(1...3)])
  }

  @Test("the trail names the file and line of a fault")
  func wrongTrail() async throws {
    let folder = try AuditFolder()
    try await folder.keep(1, 2, 3, day: "2026-11-23")
    try await folder.keep(4, day: "2026-11-24")
    let old = folder.path.replacing("audit.jsonl", with: "audit.2026-11-23.jsonl")
    let text = try String(contentsOfFile: old, encoding: .utf8)
    try text.replacing(#""id":"2""#, with: #""id":"9""#).write(toFile: old, atomically: false, encoding: .utf8)
    let faults = try await AuditTrail.read(folder.path).chain.faults
    #expect(faults.map(\.kind) == [.changed(2)])
    #expect(faults.map(\.place) == [ChainCheck.Place(file: old, line: 2)])
  }

  @Test("rows are filtered by age and event type")
  func filter() throws {
    let line = try #require(AuditLine(text(row)))
    #expect(AuditFilter().takes(line))
    #expect(AuditFilter(earliest: Instant(seconds: 1_800_000_000)).takes(line))
    #expect(!AuditFilter(earliest: Instant(seconds: 1_800_000_001)).takes(line))
    #expect(!AuditFilter(seam: "other").takes(line))
    #expect(line.text == "2027-01-15T08:00:00Z ok     slack_dm critical a")
  }
}

/// Stores rows, and runs an action while it stores the first.
private final class SlowRows: RowKeeping {
  private let rows = KeptRows()
  private let action = Mutex<(@Sendable () -> Void)?>(nil)

  var all: [String] { rows.all }

  func duringNextWrite(_ body: @escaping @Sendable () -> Void) { action.withLock { $0 = body } }

  func keep(_ lines: [UInt8], ledger: LedgerPosition?) async -> TransportFailure? {
    action.withLock { action in
      defer { action = nil }
      return action
    }?()
    return await rows.keep(lines)
  }
}

/// A folder with an audit log that has one file per day.
private final class AuditFolder: Sendable {
  let log: ChainedLog
  let path: String
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("audit.jsonl")
    let file = ConfinedPath(root: folder.path, relative: "audit.jsonl")
    log = ChainedLog(file: file, rotation: LogRotation(every: .day), disk: Disk())
  }

  func keep(_ ids: Int..., day: String) async throws {
    let lines = ids.map { #"{"emitted_at":"\#(day)T10:00:00Z","seam":"x","id":"\#($0)"}"# + "\n" }.joined()
    if let failure = await log.keep(Array(lines.utf8)) { throw failure }
  }

  /// The numbers of the next rows.
  func numbers(_ reader: inout AuditReader) async throws -> [Int] {
    var numbers: [Int] = []
    while let piece = try await reader.readPiece() { numbers += piece.lines.compactMap { ChainedRow($0)?.end.number } }
    return numbers
  }
}
