// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryAudit
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
import Testing

@Suite("The rows of the audit log and the attempts that the ledger settled", .endsIfItHangs)
struct AttemptCheckTests {
  private static func attempt(_ number: Int) -> DeliveryAttempt {
    DeliveryAttempt(delivery: DeliveryID("d\(number)"), number: 1)
  }

  /// What is found when rows about these attempts are read, of which the ledger knows `settled`.
  private func check(
    rows: [Int],
    settled: Range<Int>,
    written: RangeSet<Int>,
    deleted: Set<Int> = [],
    isBeginningKept: Bool = true,
    prunedBefore: Int? = nil
  ) -> AttemptCheck {
    let day = 86_400
    // Rows are late by at most a day.
    let before = prunedBefore.map { Instant(seconds: Int64($0 - day)) }
    var check = AttemptCheck(written: written, prunedBefore: before)
    for row in rows {
      let known = AuditedAttempt(
        number: row,
        attempt: Self.attempt(row),
        at: Instant(seconds: 0),
        hasDelivery: !deleted.contains(row)
      )
      check.take(Self.attempt(row), settled.contains(row) ? known : nil, at: Instant(seconds: Int64(row)))
    }
    check.finish(isBeginningKept: isBeginningKept)
    return check
  }

  /// A case of the table below.
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var rows: [Int]
    var written = RangeSet(1..<11)
    var deleted: Set<Int> = []
    var isBeginningKept = true
    var prunedBefore: Int?
    var missing = 0
    var firstMissing: Int?
    var surplus = 0
    var firstSurplus: Int?
    var older = 0
  }

  @Test(
    "what one has and the other has not is counted, and the first is named",
    arguments: [
      Case(testDescription: "all rows", rows: Array(1...10)),
      Case(testDescription: "rows in another order", rows: [2, 1, 4, 3, 6, 5, 10, 9, 8, 7]),
      Case(testDescription: "rows that came twice", rows: [1, 1] + (2...10)),
      Case(testDescription: "one row missing", rows: [1, 2, 3] + (5...10), missing: 1, firstMissing: 4),
      Case(testDescription: "the first rows missing", rows: Array(4...10), missing: 3, firstMissing: 1),
      Case(testDescription: "the last rows missing", rows: Array(1...7), missing: 3, firstMissing: 8),
      Case(testDescription: "all rows missing", rows: [], missing: 10, firstMissing: 1),
      Case(testDescription: "rows not noted yet", rows: Array(1...4), written: RangeSet(1..<5)),
      Case(testDescription: "rows of a crash", rows: [1, 2, 5, 6], written: RangeSet([1..<3, 5..<7])),
      Case(
        testDescription: "an older file gone",
        rows: Array(4...10),
        isBeginningKept: false,
        older: 3
      ),
      Case(
        testDescription: "an older file gone, and rows in another order at the cut",
        rows: [3, 5, 6, 4, 7, 8, 9, 10],
        isBeginningKept: false,
        older: 2
      ),
      Case(testDescription: "all older files gone", rows: [], isBeginningKept: false, older: 10),
      Case(
        testDescription: "an added row",
        rows: Array(1...10) + [77, 78],
        surplus: 2,
        firstSurplus: 77
      ),
      Case(testDescription: "rows of an earlier ledger", rows: [77, 78] + (1...10)),
      Case(
        testDescription: "a deleted delivery",
        rows: Array(1...10),
        deleted: [6],
        surplus: 1,
        firstSurplus: 6
      ),
      Case(
        testDescription: "deliveries that the ledger has removed, and rows in another order at the cut",
        rows: [1, 2, 4, 3, 5, 6, 7, 8, 9, 10],
        written: RangeSet(4..<11),
        deleted: [1, 2, 3],
        prunedBefore: 4
      ),
      Case(
        testDescription: "removed deliveries, a deleted one and an added row",
        rows: Array(1...10) + [77],
        deleted: [1, 2, 3, 8],
        prunedBefore: 4,
        surplus: 2,
        firstSurplus: 8
      ),
    ]
  )
  func table(one: Case) {
    let check = check(
      rows: one.rows,
      settled: 1..<11,
      written: one.written,
      deleted: one.deleted,
      isBeginningKept: one.isBeginningKept,
      prunedBefore: one.prunedBefore
    )
    #expect(check.missing.count == one.missing)
    #expect(check.firstMissing == one.firstMissing)
    #expect(check.surplus.count == one.surplus)
    #expect(check.surplus.first == one.firstSurplus.map(Self.attempt))
    #expect(check.surplus.at == one.firstSurplus.map { Instant(seconds: Int64($0)) })
    #expect(check.older == one.older)
    #expect(check.isGood == (one.missing + one.surplus == 0))
  }
}

@Suite("An audit log beside its ledger", .endsIfItHangs)
struct AuditedLedgerTests {
  @Test("every settled attempt has its row, over all its files")
  func whole() async throws {
    let site = try await AuditedLedger(rotation: LogRotation(size: 2_000))
    try await site.deliver(40)
    try await site.deliver(20, failing: true)
    await site.audit.close()
    let trail = try await site.trail()
    #expect(trail.isGood, "\(trail)")
    #expect(trail.attempts.matched == 60 && trail.attempts.older == 0)
    try await site.close()
  }

  @Test("what was rotated away is not missed, and is counted as older")
  func rotated() async throws {
    let site = try await AuditedLedger(rotation: LogRotation(size: 2_000, keep: 2))
    try await site.deliver(60)
    await site.audit.close()
    let trail = try await site.trail()
    #expect(trail.isGood, "\(trail)")
    #expect(trail.attempts.older > 0 && trail.attempts.matched + trail.attempts.older == 60)
    try await site.close()
  }

  @Test("a row that was taken out is missed, though all that comes after it was chained again and the note fits")
  func forged() async throws {
    let site = try await AuditedLedger()
    try await site.deliver(12)
    await site.audit.close()
    try await site.forge { $0.remove(at: 5) }
    let trail = try await site.trail()
    #expect(trail.chain.isGood, "the chain alone is sound: \(trail)")
    #expect(trail.attempts.missing.count == 1)
    #expect(trail.attempts.missing.first == site.attempts[5])
    #expect(trail.attempts.missing.at == AuditedLedger.start)
    #expect(!trail.isGood)
    try await site.close()
  }

  @Test("a row that was added is found, though it is chained as Belfry would and the note fits")
  func added() async throws {
    let site = try await AuditedLedger()
    try await site.deliver(3)
    await site.audit.close()
    try await site.forge { rows in
      rows.append(rows[2].replacing(site.attempts[2].delivery.text, with: DeliveryIDSource.other))
    }
    let trail = try await site.trail()
    #expect(trail.chain.isGood, "\(trail)")
    #expect(trail.attempts.missing.count == 0)
    #expect(trail.attempts.surplus.count == 1)
    #expect(trail.attempts.surplus.first?.delivery.text == DeliveryIDSource.other)
    try await site.close()
  }

  @Test("a process that died before it wrote rows is no alarm, and the next start writes them once")
  func died() async throws {
    let site = try await AuditedLedger()
    try await site.deliver(4)
    await site.audit.close()
    // Rows in the log that the ledger does not know of, and rows that did not reach the log.
    try await site.deliver(3)
    await site.audit.flush()
    try await site.settle(2)
    try await site.settle(1, failing: true)
    let before = try await site.trail()
    #expect(before.isGood && before.attempts.matched == 7, "\(before)")

    let next = site.another()
    await next.restore(try await site.ledger.unauditedAttempts(limit: 100), in: site.path)
    await next.close()
    let after = try await site.trail()
    #expect(after.isGood && after.attempts.matched == 10 && after.chain.rows == 10, "\(after)")
    let last = try #require(try site.lines().last)
    #expect(last.contains(#""status":"failed","error":"no""#), "\(last)")
    #expect(try await site.ledger.unauditedAttempts(limit: 100).isEmpty)
    #expect(try await site.ledger.auditedNumbers() == RangeSet(1..<11))
    try await site.close()
  }

  @Test("rows of a ledger before it are not taken for added ones")
  func earlier() async throws {
    let site = try await AuditedLedger()
    try await site.deliver(3)
    await site.audit.close()
    let other = try await AuditedLedger(in: site)
    try await other.deliver(2)
    await other.audit.close()
    let trail = try await other.trail()
    #expect(trail.isGood && trail.attempts.matched == 2, "\(trail)")
    try await site.close()
    try await other.close()
  }

  @Test("a log that was moved away and began again is compared from its new beginning on")
  func movedAway() async throws {
    let site = try await AuditedLedger()
    try await site.deliver(3)
    await site.audit.close()
    for name in ["", "-end"] { try FileManager.default.removeItem(atPath: site.path + name) }
    let gone = try await site.trail()
    #expect(gone.attempts.missing.count == 3 && gone.attempts.missing.first == site.attempts[0])
    try await site.compareAtStart()
    let next = site.another()
    try await site.deliver(5, to: next)
    await next.close()
    let trail = try await site.trail()
    #expect(trail.isGood && trail.attempts.matched == 5 && trail.attempts.older == 3, "\(trail)")
    try await site.close()
  }
}

extension DeliveryIDSource {
  /// The identity of a delivery that no ledger holds.
  fileprivate static let other = "01939a5c-0000-7000-8000-00000000beef"
}

/// A ledger in a file, and the audit log beside it.
private final class AuditedLedger {
  let ledger: SQLiteLedger
  let audit: AuditLog
  let path: String
  /// All that were settled, in this order.
  private(set) var attempts: [DeliveryAttempt] = []
  private let folder: TemporaryFolder
  private let configuration: Configuration
  private let console: Console
  private let time = VirtualTime(startingAt: AuditedLedger.start)
  private var count = 0
  private let rotation: LogRotation?

  static let start = Instant(seconds: 1_800_000_000)

  /// Makes one, or another ledger beside the log of `other`.
  init(rotation: LogRotation? = nil, in other: AuditedLedger? = nil) async throws {
    let name = UUID().uuidString
    folder = try other?.folder ?? TemporaryFolder()
    path = folder.path("audit.jsonl")
    self.rotation = rotation
    let time = time
    console = Console(time: time) { _ in }
    ledger = try await SQLiteLedger.open(
      path: folder.path("\(name).db"),
      as: .notifier,
      now: { time.now() }
    )
    _ = try await ledger.recount()
    configuration = try Configuration.parse(
      #"{"channels": {"log": {"kind": "file", "path": "x"}}, "routes": [{"to": "log"}], "cooldown": 0}"#
    )
    audit = AuditedLedger.log(folder, rotation, time, console, ledger)
  }

  private static func log(
    _ folder: TemporaryFolder,
    _ rotation: LogRotation?,
    _ time: VirtualTime,
    _ console: Console,
    _ ledger: SQLiteLedger
  ) -> AuditLog {
    let file = ConfinedPath(root: folder.path, relative: "audit.jsonl")
    return AuditLog(
      rows: ChainedLog(file: file, rotation: rotation, disk: Disk()),
      time: time,
      console: console,
      ledger: ledger
    )
  }

  func close() async throws { try await ledger.close() }

  /// The audit log of the next process.
  func another() -> AuditLog { AuditedLedger.log(folder, rotation, time, console, ledger) }

  /// Settles so many deliveries.
  ///
  /// - Returns: the rows about them.
  @discardableResult
  func settle(_ count: Int, failing: Bool = false) async throws -> [AuditRow] {
    let policy = Policy(rules: configuration.rules)
    let events = (0..<count).map { Event.fired(alert("a\(self.count + $0)")) }
    self.count += count
    let lease = LeaseTerms(count: count, duration: .seconds(60))
    let leased = try await ledger.ingest(events, policy: policy, lease: lease).leased
    #expect(leased.count == count)
    let result: Settlement.Result = failing ? .dead(because: Verdict.Reason("no", "No.")) : .delivered(Receipt())
    let taken = try await ledger.settle(
      leased.map { Settlement(id: $0.delivery.id, token: $0.token, result: result) }
    )
    #expect(taken == Array(repeating: true, count: count))
    return leased.map { one in
      var row = AuditRow(
        emittedAt: time.now(),
        channel: one.delivery.channel,
        content: one.delivery.content,
        error: failing ? "no" : nil
      )
      let attempt = DeliveryAttempt(delivery: one.delivery.id, number: one.attempt)
      attempts.append(attempt)
      row.attempt = attempt
      return row
    }
  }

  /// Settles so many deliveries, and has their rows written, a few at a time.
  func deliver(_ count: Int, failing: Bool = false, to log: AuditLog? = nil) async throws {
    let log = log ?? audit
    for row in try await settle(count, failing: failing) {
      log.append([row])
      await log.flush()
    }
  }

  func trail() async throws -> AuditTrail { try await AuditTrail.read(path, beside: ledger) }

  func compareAtStart() async throws {
    try await AuditStart(ledger: ledger, console: console).compare(with: path)
  }

  func lines() throws -> [String] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  /// Changes rows and makes everything else fit: the chain, the note, and what the ledger keeps of the last row.
  func forge(_ change: (inout [String]) -> Void) async throws {
    var rows = try lines().map {
      $0.replacing(/(,"after":"[0-9a-f]*")?,"number":[0-9]*,"hash":"[0-9a-f]*"}/, with: "}")
    }
    change(&rows)
    var chain = RowChain(after: .beginning, isStated: true)
    let bytes = chain.extend(Array(rows.map { $0 + "\n" }.joined().utf8))
    try Data(bytes).write(to: URL(filePath: path))
    let note = try String(contentsOfFile: path + "-end", encoding: .utf8)
    try note.replacing(/"number":[0-9]*,"hash":"[0-9a-f]*"/) { _ in
      #""number":\#(chain.end.number),"hash":"\#(chain.end.hash)""#
    }.write(toFile: path + "-end", atomically: false, encoding: .utf8)
    try await ledger.note(marks: ["audit.end": chain.end.text])
  }
}
