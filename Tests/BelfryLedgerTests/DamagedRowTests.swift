// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Foundation
import GRDB
import Testing
@testable import BelfryLedger

/// One value of one row is not what Belfry wrote: nothing else is affected.
@Suite("A ledger with one damaged value", .endsIfItHangs)
struct DamagedRowTests {
  /// The replacement of a value.
  enum Value: String, Sendable {
    case emptyText = "''"
    case text = "'?'"
    case truncated = "'{\"code\":\"x'"
    case bytes = "x'ff00fe80'"
    case huge = "9223372036854775807"
    case negative = "-9223372036854775808"
  }

  /// A column of a table with content.
  struct Column: Sendable, CustomTestStringConvertible {
    var table: String
    var name: String
    var testDescription: String { "\(table).\(name)" }
  }

  /// A table and its columns.
  struct Table: Sendable, CustomTestStringConvertible {
    var name: String
    var columns: [String]
    var testDescription: String { name }
  }

  private static let tables: [Table] = [
    ("alerts", ["key", "standing", "hash", "decided", "body", "due"]),
    (
      "deliveries",
      [
        "channel", "rank", "status", "visible_at", "created_at", "settled_at", "attempts", "token", "reason", "receipt",
        "memory", "successor", "revived_at",
      ]
    ),
    ("bodies", ["delivery", "body"]),
    ("decisions", ["at", "severity", "outcome", "channels", "until", "reason", "rule", "line"]),
    ("attempts", ["delivery", "number", "at", "reason", "retry_at"]),
    ("audits", ["delivery", "attempt", "at", "is_written"]), ("entries", ["key", "body"]),
    ("investigations", ["at", "subject", "channel", "delivery", "error"]),
    ("silences", ["id", "until", "body"]), ("lists", ["list", "alert"]),
    ("timers", ["key", "due"]), ("counters", ["name", "count"]),
    ("sources", ["name", "last_read", "trouble", "trouble_since", "active", "noted_at"]),
    ("circuits", ["channel", "since", "until", "rest", "reason"]),
    ("configurations", ["since", "cause", "body"]), ("marks", ["name", "text"]),
    (
      "channels",
      [
        "channel", "delivered", "forwarded", "dropped", "delivered_at", "failed_at", "failed_delivery", "failed_number",
        "failure",
      ]
    ),
  ].map { Table(name: $0, columns: $1) }

  /// Delivers what waits and runs every query; damaged data may be missing, and nothing may fail or repeat forever.
  @Test("delivers everything else, and answers every question", arguments: tables)
  func holdsUpNothing(table: Table) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("belfry.db")
    try await DamagedRowTests.fill(path)
    let columns = table.columns.map { Column(table: table.name, name: $0) }
    for (column, value) in try columns.enumerated().flatMap({ index, column in
      try DamagedRowTests.values(for: column, at: index, path).map { (column, $0) }
    }) {
      let copy = folder.path("\(column.name)-\(value).db")
      try FileManager.default.copyItem(atPath: path, toPath: copy)
      guard try DamagedRowTests.damage(copy, column, value) else { continue }
      let note: Comment = "\(column.table).\(column.name) = \(value.rawValue)"
      let environment = try await TestLedger(.sqlite, at: copy, as: .notifier)
      environment.advance(by: .seconds(3_600))
      _ = try await environment.ledger.recount()
      try await environment.ledger.adopt(policy: DamagedRowTests.policy)
      try await fireAll(environment, note)
      try await environment.ingest((0..<22).map { .sample("a\($0)") }, policy: DamagedRowTests.policy)
      let delivered = try await deliverAll(environment, note)
      #expect(delivered.count >= 78, "\(note): \(delivered.count) of 79 were delivered")
      try await ask(environment.ledger, note)
      try await environment.ledger.close()
    }
  }

  /// Two values that Belfry does not write into a column of that type: other ones in neighbouring columns.
  private static func values(for column: Column, at index: Int, _ path: String) throws -> [Value] {
    let type = "SELECT type FROM pragma_table_info('\(column.table)') WHERE name = '\(column.name)'"
    var values: [Value] =
      try change(path, type) == "INTEGER" ? [.text, .huge, .negative] : [.emptyText, .truncated, .bytes]
    values.remove(at: index % 3)
    return values
  }

  @Test(
    "names the values it could not read",
    arguments: [
      (Column(table: "bodies", name: "body"), Damage.Kind.delivery),
      (Column(table: "deliveries", name: "memory"), .delivery), (Column(table: "silences", name: "body"), .silence),
      (Column(table: "alerts", name: "body"), .alert), (Column(table: "entries", name: "body"), .entry),
      (Column(table: "timers", name: "key"), .timer), (Column(table: "attempts", name: "reason"), .attempt),
      (Column(table: "circuits", name: "reason"), .circuit), (Column(table: "decisions", name: "outcome"), .decision),
      (Column(table: "channels", name: "failure"), .channel), (Column(table: "deliveries", name: "status"), .delivery),
      (Column(table: "deliveries", name: "visible_at"), .delivery), (Column(table: "timers", name: "due"), .timer),
    ]
  )
  func names(column: Column, kind: Damage.Kind) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("belfry.db")
    try await DamagedRowTests.fill(path)
    #expect(try DamagedRowTests.damage(path, column, .text))
    let environment = try await TestLedger(.sqlite, at: path, as: .notifier)
    environment.advance(by: .seconds(3_600))
    try await ask(environment.ledger, "")
    _ = try await environment.ledger.recount()
    try await fireAll(environment, "")
    try await environment.ingest((0..<22).map { .sample("a\($0)") }, policy: DamagedRowTests.policy)
    _ = try await deliverAll(environment, "")
    #expect(try await environment.ledger.publishDamage().map(\.kind).contains(kind))
    // Other processes learn of it too.
    let guest = try await SQLiteLedger.open(path: path, now: { environment.now })
    #expect(try await guest.damage().map(\.kind).contains(kind))
    try await guest.close()
    try await environment.ledger.close()
  }

  @Test("turns an unreadable delivery into a dead letter with a reason, again when it is retried")
  func buries() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("belfry.db")
    try await DamagedRowTests.fill(path)
    #expect(try DamagedRowTests.damage(path, Column(table: "bodies", name: "body"), .text))
    let environment = try await TestLedger(.sqlite, at: path, as: .notifier)
    environment.advance(by: .seconds(3_600))
    _ = try await deliverAll(environment, "")
    let dead = try await environment.ledger.deadLetters(limit: 10)
    let letter = try #require(dead.first { $0.lastReason?.code == "unreadable" })
    #expect(letter.delivery.content.alerts.first?.title.contains("cannot be read") == true)
    #expect(try await environment.ledger.mend([letter.delivery.id], by: .retry) == [.done])
    #expect(try await environment.claim().isEmpty)
    #expect(try await environment.ledger.delivery(letter.delivery.id)?.status == .dead)
    #expect(try await environment.ledger.mend([letter.delivery.id], by: .drop) == [.done])
    try await environment.ledger.close()
  }

  @Test("counts an attempt's unreadable memory as in doubt, and sends the message")
  func doubts() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("belfry.db")
    try await DamagedRowTests.fill(path)
    let id = try DamagedRowTests.change(
      path,
      "UPDATE deliveries SET memory = '?' WHERE id = (SELECT min(id) FROM deliveries WHERE memory IS NOT NULL) RETURNING id"
    )
    let environment = try await TestLedger(.sqlite, at: path, as: .notifier)
    environment.advance(by: .seconds(3_600))
    let leased = try await environment.claim().first { $0.delivery.id.text == id }
    #expect(leased?.memory == AttemptMemory(isInDoubt: true))
    try await environment.ledger.close()
  }

  @Test(
    "rebuilds an index that disagrees with its table, and neither sends nor waits for its wrong entries",
    arguments: staleIndexes
  )
  func mendsIndexes(index: String) async throws {
    let folder = try TemporaryFolder()
    let path = try await DamagedRowTests.stale(index, in: folder)
    let environment = try await TestLedger(.sqlite, at: path, as: .notifier)
    environment.advance(by: .seconds(3_600))
    try await fireAll(environment, "")
    let delivered = try await deliverAll(environment, "")
    #expect(delivered.count == (index == "timers_by_due" ? 35 : 35 - 10))
    #expect(try await environment.ledger.damage().map(\.kind) == [.file])
    try await environment.ledger.close()
  }
}

extension DamagedRowTests {
  @Test(
    "finds damage of a large file in the background, and repairs it",
    arguments: staleIndexes
  )
  func inspectsLater(index: String) async throws {
    let folder = try TemporaryFolder()
    let path = try await DamagedRowTests.stale(index, in: folder)
    let ledger = try await SQLiteLedger.open(path: path, as: .notifier, now: { TestEnvironment.start }, inspecting: 0)
    #expect(try await ledger.damage().isEmpty)
    try await ledger.inspect()
    #expect(try await ledger.damage().map(\.kind) == [.file])
    try await ledger.close()
    let again = try await SQLiteLedger.open(path: path, as: .notifier, now: { TestEnvironment.start })
    #expect(try await again.damage().isEmpty)
    try await again.close()
  }
}

// MARK: - Damage that comes after a clean start

extension DamagedRowTests {
  @Test(
    "repairs an index that stops matching its table while it is open, by the write that meets it",
    arguments: staleIndexes
  )
  func writesMeetIt(index: String) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("belfry.db")
    try await DamagedRowTests.fill(path)
    let environment = try await TestLedger(.sqlite, at: path, as: .notifier)
    try await environment.ledger.inspect()
    #expect(try await environment.ledger.damage().isEmpty, "it is whole when it is opened")
    try DamagedRowTests.makeStale(index, in: path)
    environment.advance(by: .seconds(3_600))
    try await fireAll(environment, "")
    let delivered = try await deliverAll(environment, "")
    #expect(delivered.count == (index == "timers_by_due" ? 35 : 35 - 10))
    // A delivery that the index named beside others was passed over, before the index alone was left.
    let kinds = Set(try await environment.ledger.damage().map(\.kind))
    #expect(kinds.contains(.file) && kinds.isSubset(of: [.file, .delivery]), "\(kinds)")
    try await environment.ledger.close()
  }

  @Test("repairs a page that is damaged while it is open, by the read that meets it")
  func readsMeetIt() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("belfry.db")
    try await DamagedRowTests.fill(path)
    let page = try #require(
      Int(try DamagedRowTests.change(path, "SELECT rootpage FROM sqlite_schema WHERE name = 'decisions'") ?? "")
    )
    let environment = try await TestLedger(.sqlite, at: path, as: .notifier)
    #expect(try await environment.ledger.damage().isEmpty, "it is whole when it is opened")
    let file = try FileHandle(forUpdating: URL(filePath: path))
    try file.seek(toOffset: UInt64(page - 1) * 4_096)
    try file.write(contentsOf: Data(repeating: 0xFF, count: 4_096))
    try file.close()
    // It answers, with what could be saved.
    _ = try await environment.ledger.decisions(about: .sample("a1"), limit: 10)
    #expect(try await environment.ledger.damage().map(\.kind).contains(.file))
    #expect(FileManager.default.fileExists(atPath: path))
    try await environment.ingest([.sample("new")], policy: DamagedRowTests.policy)
    #expect(try await !environment.ledger.decisions(about: .sample("new"), limit: 10).isEmpty)
    try await environment.ledger.close()
  }

  @Test(
    "names a row that is damaged while it is open, by the read that meets it",
    arguments: [
      (Column(table: "silences", name: "body"), Damage.Kind.silence),
      (Column(table: "bodies", name: "body"), .delivery),
      (Column(table: "entries", name: "body"), .entry), (Column(table: "attempts", name: "reason"), .attempt),
    ]
  )
  func rowsMeetIt(column: Column, kind: Damage.Kind) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("belfry.db")
    try await DamagedRowTests.fill(path)
    let environment = try await TestLedger(.sqlite, at: path, as: .notifier)
    try await environment.ledger.inspect()
    _ = try await environment.ledger.recount()
    #expect(try await environment.ledger.damage().isEmpty, "it is whole when it is opened")
    #expect(try DamagedRowTests.damage(path, column, .text))
    environment.advance(by: .seconds(3_600))
    try await fireAll(environment, "")
    try await environment.ingest((0..<22).map { .sample("a\($0)") }, policy: DamagedRowTests.policy)
    _ = try await deliverAll(environment, "")
    try await ask(environment.ledger, "")
    #expect(try await environment.ledger.damage().map(\.kind).contains(kind))
    try await environment.ledger.close()
  }
}

// MARK: - Using the ledger

extension DamagedRowTests {
  private func fireAll(_ environment: TestLedger, _ note: Comment) async throws {
    for _ in 0..<100 {
      guard let due = try await environment.ledger.nextTimer(), due <= environment.now else { return }
      let fired = try await environment.ledger.fire(only: nil, policy: DamagedRowTests.policy, lease: nil)
      // If an index was rebuilt, there may have been none.
      if fired.fired == 0, try await environment.ledger.nextTimer() == due {
        Issue.record("\(note): a timer is due and does not fire")
        return
      }
    }
    Issue.record("a timer fires without end")
  }

  private func deliverAll(_ environment: TestLedger, _ note: Comment) async throws -> Set<DeliveryID> {
    var delivered: Set<DeliveryID> = []
    for _ in 0..<100 {
      guard let due = try await environment.ledger.nextDelivery(channels: nil), due <= environment.now else {
        return delivered
      }
      let leased = try await environment.claim(16)
      for one in leased { #expect(delivered.insert(one.delivery.id).inserted, note) }
      _ = try await environment.ledger.settle(
        leased.map { Settlement(id: $0.delivery.id, token: $0.token, result: .delivered(Receipt())) }
      )
    }
    Issue.record("what is due is never leased")
    return delivered
  }

  /// Runs every query of commands and pages.
  private func ask(_ ledger: any Ledger, _ note: Comment) async throws {
    _ = try await ledger.summary()
    _ = try await ledger.backlog()
    _ = try await ledger.channelHealth()
    _ = try await ledger.sources()
    _ = try await ledger.circuits()
    _ = try await ledger.hours(since: Instant(seconds: 0))
    _ = try await ledger.configurations(limit: 10)
    _ = try await ledger.refusal()
    _ = try await ledger.marks(beginning: "")
    _ = try await ledger.auditedNumbers()
    for one in try await ledger.unauditedAttempts(limit: 100) {
      _ = try await ledger.auditedAttempts([one.attempt])
      _ = try await ledger.auditedAttempt(one.number)
    }
    _ = try await ledger.silences(after: nil, limit: 100)
    _ = try await ledger.silences()
    _ = try await ledger.investigations(of: [.alert(.sample("a1"))], limit: 100)
    _ = try await ledger.alertSources()
    _ = try await ledger.alertKeys(activeOnly: false, limit: 100)
    _ = try await ledger.deadLetters(limit: 100)
    _ = try await ledger.recentDeliveries(limit: 100)
    _ = try await ledger.activeAlerts()
    var last: AlertKey?
    for page in 0..<50 {
      let records = try await ledger.records(after: last, activeOnly: false, limit: 7)
      let decisions = Dictionary(records.map { ($0.alert.key, 10) }) { $1 }
      _ = try await ledger.background(of: records, decisions: decisions, notifications: 10)
      guard let next = records.last?.alert.key else { break }
      last = next
      #expect(page < 40, note)
    }
    last = nil
    for page in 0..<50 {
      let facts = try await ledger.facts(after: last, limit: 7)
      guard let next = facts.alerts.last?.key else { return }
      last = next
      #expect(page < 40, note)
    }
  }
}

// MARK: - The ledger

extension DamagedRowTests {
  /// Notifies about every alert on two channels, stores a hold's state, and sets each alert's own timer.
  private static let policy = ScriptedPolicy(
    decide: { events, state, now in
      var outcome = ScriptedPolicy.notify(events, on: ["pager", "mail"], &state, now)
      let window = CooldownWindow(until: now + .seconds(60), severity: .info)
      state.set(.cooldown(CooldownState(["pager": window])), for: list)
      for key in events.compactMap(\.key) { outcome.timers[.alert(key)] = now + .seconds(60) }
      return outcome
    }
  )

  private static let list = HoldID.digest("d")

  /// A ledger with rows in all tables: 40 deliveries, of which one is leased, four wait for a retry, four are delivered
  /// and two are dead letters.
  private static func fill(_ path: String) async throws {
    let environment = try await TestLedger(.sqlite, at: path)
    try await environment.ingest((0..<20).map { .sample("a\($0)") }, policy: policy)
    let leased = try await environment.claim(11)
    for (index, one) in leased.dropLast().enumerated() {
      let result: Settlement.Result =
        switch index {
        case 0..<4:
          .retry(at: environment.now + .seconds(60), because: .init("no", "no"), memory: .init(isInDoubt: true))
        case 4..<8: .delivered(Receipt(Labels([Labels.Label(name: "ts", value: "1")])))
        default: .dead(because: .init("gone", "gone"))
        }
      #expect(try await environment.settle(one, result))
    }
    let until = environment.now + .seconds(86_400)
    let silence = Silence(id: SilenceID("k7fm"), matcher: Matcher(), from: environment.now, until: until, author: "ann")
    _ = try await environment.ledger.ingest([.silenced(silence)], policy: policy, lease: nil)
    let hold = ScriptedPolicy.hold(in: list, for: .seconds(600))
    _ = try await environment.ledger.ingest([.fired(.sample("held"))], policy: hold, lease: nil)
    try await environment.ledger.note(sources: [
      SourceNote(name: "s", lastRead: environment.now, active: 1, at: environment.now)
    ])
    try await environment.ledger.note(circuits: [
      CircuitNote(
        channel: "pager",
        since: environment.now,
        until: environment.now + .seconds(30),
        rest: .seconds(30),
        because: .init("no", "no")
      )
    ])
    _ = try await environment.ledger.keep(configuration: "{}", because: "start")
    try await environment.ledger.note(marks: ["wake.position": "1:2:3"])
    try await environment.ledger.note(investigations: [
      RecordedInvestigation(
        at: environment.now,
        subject: .alert(.sample("a1")),
        channel: "pager",
        delivery: leased[0].delivery.id,
        error: "timeout"
      )
    ])
    try await environment.ledger.close()
  }

  /// Changes one value of the first row of the table that has one.
  ///
  /// - Returns: false if the schema refuses that value.
  private static func damage(_ path: String, _ column: Column, _ value: Value) throws -> Bool {
    do {
      let changed = try change(
        path,
        """
        UPDATE \(column.table) SET \(column.name) = \(value.rawValue)
        WHERE \(column.name) = (SELECT min(\(column.name)) FROM \(column.table) WHERE \(column.name) IS NOT NULL
          \(column.table == "deliveries" && column.name == "status" ? "AND status = 0" : ""))
          AND \(key(of: column.table)) = (SELECT \(key(of: column.table)) FROM \(column.table)
            WHERE \(column.name) IS NOT NULL ORDER BY \(column.name), \(key(of: column.table)) LIMIT 1)
        RETURNING 'changed'
        """
      )
      return changed != nil
    } catch let error as DatabaseError
      where error.resultCode == .SQLITE_CONSTRAINT || error.resultCode == .SQLITE_MISMATCH
    {
      return false
    }
  }

  private static func key(of table: String) -> String {
    switch table {
    case "alerts", "deliveries", "silences": "id"
    case "bodies", "attempts": "delivery"
    case "decisions": "alert * 1000 + number"
    case "entries", "timers": "key"
    case "lists": "joined"
    case "counters", "sources", "marks": "name"
    case "audits", "configurations": "number"
    default: "channel"
    }
  }

  private static let staleIndexes = ["deliveries_pending", "timers_by_due"]

  /// The path of a filled ledger with an index that does not fit its table.
  private static func stale(_ index: String, in folder: TemporaryFolder) async throws -> String {
    let path = folder.path("belfry.db")
    try await fill(path)
    try makeStale(index, in: path)
    return path
  }

  /// Deletes rows of a table and leaves them in its index.
  private static func makeStale(_ index: String, in path: String) throws {
    let define = { (condition: String) in
      """
      PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = CASE WHEN instr(sql, ' WHERE ') > 0
        THEN substr(sql, 1, instr(sql, ' WHERE ')) ELSE sql || ' ' END || '\(condition)' WHERE name = '\(index)';
      """
    }
    let isTimers = index == "timers_by_due"
    try change(path, define(isTimers ? "WHERE due < 0" : "WHERE status = 99"))
    try change(
      path,
      isTimers
        ? "DELETE FROM timers WHERE key > ''"
        : "UPDATE deliveries SET status = 4 WHERE id IN (SELECT id FROM deliveries NOT INDEXED WHERE status = 0 LIMIT 10)"
    )
    try change(path, define(isTimers ? "" : "WHERE status = 0"))
  }

  @discardableResult
  private static func change(_ path: String, _ sql: String) throws -> String? {
    let queue = try DatabaseQueue(path: path)
    defer { try? queue.close() }
    return try queue.write { db in
      var text: String?
      let statements = try db.allStatements(sql: sql)
      while let statement = try statements.next() { text = try String.fetchOne(statement) ?? text }
      return text
    }
  }
}
