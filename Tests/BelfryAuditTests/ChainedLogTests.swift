// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryAudit
import BelfryTransport
import BelfryTestKit
import Foundation
import Testing

@Suite("A chained log")
struct ChainedLogTests {
  private let folder: TemporaryFolder
  private let disk = Disk()

  init() throws { folder = try TemporaryFolder() }

  private func log(_ rotation: LogRotation? = nil) -> ChainedLog {
    ChainedLog(file: ConfinedPath(root: folder.path, relative: "audit.jsonl"), rotation: rotation, disk: disk)
  }

  private func rows(_ names: String..., day: String = "2026-11-24") -> [UInt8] { rows(names, day: day) }

  private func rows(_ names: [String], day: String = "2026-11-24") -> [UInt8] {
    Array(names.map { #"{"emitted_at":"\#(day)T10:00:00Z","id":"\#($0)"}"# + "\n" }.joined().utf8)
  }

  private var files: [String] {
    LogFiles.paths(of: folder.path("audit.jsonl")).map { String($0.dropFirst(folder.path.count + 1)) }
  }

  private var lines: [String] {
    get throws {
      try files.filter { FileManager.default.fileExists(atPath: folder.path($0)) }
        .flatMap { try folder.text($0).split(separator: "\n", omittingEmptySubsequences: false).dropLast() }
        .map(String.init)
    }
  }

  @Test("detects a well-chained row added at its end, but not one whose process died before noting it")
  func addedAtTheEnd() async throws {
    #expect(await log().keep(rows("a")) == nil)
    let note = try folder.text("audit.jsonl-end")
    #expect(await log().keep(rows("b")) == nil)
    let noteAfter = try folder.text("audit.jsonl-end")
    // The log now with the note from before: someone who can compute a hash added a row.
    try folder.write(note, to: "audit.jsonl-end")
    #expect(try check().faults.map(\.kind) == [.added(2...2)])
    // A process that died between the row and the note had noted what the log would end in.
    try folder.write(try intent(of: noteAfter, before: note), to: "audit.jsonl-end")
    #expect(try check().isGood)
  }

  /// The note while the rows that lead to `after` are written.
  private func intent(of after: String, before: String) throws -> String {
    let next = try #require(EndNote.read(Array(after.utf8))?.end.text)
    let text = before.trimmingCharacters(in: .whitespacesAndNewlines)
    return text.dropLast() + #","next":"\#(next)"}"#
  }

  @Test("notes the ledger's position, with rows and without")
  func notesTheLedger() async throws {
    let log = log()
    #expect(await log.note(LedgerPosition(ledger: "l", commits: 3)) == nil, "there is no row yet")
    #expect(await log.keep(rows("a")) == nil)
    #expect(LogFiles.end(of: folder.path("audit.jsonl"))?.ledger == LedgerPosition(ledger: "l", commits: 3))
    let end = await log.note(LedgerPosition(ledger: "l", commits: 9))
    #expect(end?.number == 1)
    #expect(LogFiles.end(of: folder.path("audit.jsonl"))?.ledger?.commits == 9)
    #expect(try check().isGood)
  }

  /// The result of checking all its files.
  private func check() throws -> ChainCheck {
    var check = ChainCheck(written: LogFiles.end(of: folder.path("audit.jsonl"))?.end)
    for (index, line) in try lines.enumerated() {
      check.take(Array(line.utf8)[...], at: ChainCheck.Place(file: "log", line: index + 1))
    }
    let latest = LogFiles.end(of: folder.path("audit.jsonl"))
    check.finish(latest: [latest?.end, latest?.next].compactMap(\.self), front: latest?.front)
    return check
  }

  @Test("continues one chain from append to append and from process to process")
  func appends() async throws {
    #expect(await log().keep(rows("a", "b")) == nil)
    let other = log()
    #expect(await other.keep(rows("c")) == nil)
    #expect(await log().keep(rows("d")) == nil)
    #expect(await other.keep(rows("e")) == nil)
    let check = try check()
    #expect(check.isGood && check.end?.number == 5, "\(check.faults)")
    #expect(try lines.count { $0.contains("\"after\"") } == 1)
    #expect(try folder.mode("audit.jsonl") == 0o600)
    #expect(try folder.mode("audit.jsonl-end") == 0o600)
  }

  @Test("detects lines without a hash added before the first row, with and without old ones")
  func addedInFront() async throws {
    let old = #"{"emitted_at":"2026-11-23T10:00:00Z","source":null}"# + "\n"
    for count in 0...2 {
      if count > 0 { try folder.write(String(repeating: old, count: count), to: "audit.jsonl") }
      #expect(await log().keep(rows("a", "b")) == nil)
      #expect(try check().isGood && check().unchained == count)
      let text = try folder.text("audit.jsonl")
      try folder.write(old + text, to: "audit.jsonl")
      #expect(try check().faults.map(\.kind) == [.addedInFront(1)])
      // Rows that Belfry writes later do not legitimise them.
      #expect(await log().keep(rows("c")) == nil)
      #expect(try check().faults.map(\.kind) == [.addedInFront(1)])
      for name in ["audit.jsonl", "audit.jsonl-end"] { try FileManager.default.removeItem(atPath: folder.path(name)) }
    }
  }

  @Test("detects rows without their hashes where the first files are no longer kept")
  func addedInFrontOfLaterRows() async throws {
    let log = log(LogRotation(every: .day, keep: 1))
    for day in 21...24 { #expect(await log.keep(rows("a", "b", day: "2026-11-\(day)")) == nil) }
    #expect(try check().isGood && check().first == 5)
    let old = try folder.text("audit.2026-11-23.jsonl")
    let bare = old.replacing(/(,"after":"[0-9a-f]*")?,"number":[0-9]*,"hash":"[0-9a-f]*"}/, with: "}")
    try folder.write(bare, to: "audit.2026-11-23.jsonl")
    #expect(try check().faults.map(\.kind) == [.addedInFront(2)])
  }

  /// What happens to the log while a process uses it.
  enum Loss: CaseIterable, Sendable {
    case deleted
    case replaced
    case cutOff
    case folderDeleted
  }

  @Test(
    "that is deleted, replaced or truncated is noticed, even if rows were written since",
    arguments: Loss.allCases
  )
  func noticesLoss(loss: Loss) async throws {
    let manager = FileManager.default
    for writesBetween in [false, true] {
      let log = log(LogRotation(every: .day))
      #expect(await log.loss() == nil)
      #expect(await log.keep(rows("a", "b")) == nil)
      #expect(await log.keep(rows("c", day: "2026-11-25")) == nil)
      #expect(await log.loss() == nil, "a rotation is no loss")
      switch loss {
      case .deleted: try manager.removeItem(atPath: folder.path("audit.jsonl"))
      case .replaced:
        try manager.removeItem(atPath: folder.path("audit.jsonl"))
        try folder.write("{}\n", to: "audit.jsonl")
      case .cutOff:
        let file = try FileHandle(forWritingTo: URL(filePath: folder.path("audit.jsonl")))
        try file.truncate(atOffset: 0)
        try file.close()
      case .folderDeleted: try removeAll()
      }
      if writesBetween { #expect(await log.keep(rows("d", day: "2026-11-25")) == nil) }
      #expect(await log.loss()?.message.contains("audit.jsonl") == true)
      try removeAll()
    }
  }

  private func removeAll() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      try FileManager.default.removeItem(atPath: folder.path(name))
    }
  }

  @Test("keeps one chain when many append at the same time")
  func concurrent() async throws {
    // Separate `Disk`s share no queue: only the lock orders them, like processes.
    let logs = (0..<8).map { _ in
      ChainedLog(file: ConfinedPath(root: folder.path, relative: "audit.jsonl"), disk: Disk())
    }
    await withTaskGroup(of: Void.self) { group in
      for (index, log) in logs.enumerated() {
        group.addTask {
          for round in 0..<20 { #expect(await log.keep(rows("\(index).\(round)a", "\(index).\(round)b")) == nil) }
        }
      }
    }
    let check = try check()
    #expect(check.isGood && check.end?.number == 320, "\(check.faults.prefix(5))")
  }

  @Test("continues after rows from before the chain")
  func old() async throws {
    try folder.write(#"{"emitted_at":"2026-11-23T10:00:00Z","source":null}"# + "\n", to: "audit.jsonl")
    #expect(await log().keep(rows("a", "b")) == nil)
    let check = try check()
    #expect(check.isGood && check.unchained == 1 && check.rows == 2, "\(check.faults)")
  }

  @Test("removes an incomplete row left by a kill, and continues after the complete ones")
  func torn() async throws {
    #expect(await log().keep(rows("a")) == nil)
    var chain = RowChain(after: try #require(LogFiles.end(of: folder.path("audit.jsonl"))?.end), isStated: false)
    let written = String(decoding: chain.extend(rows("b", "c")), as: UTF8.self)
    // As after a kill in the middle of a write: b is complete, c is not, and the note is older.
    try folder.write(try folder.text("audit.jsonl") + written.dropLast(30), to: "audit.jsonl")
    #expect(await log().keep(rows("d")) == nil)
    let check = try check()
    #expect(check.isGood && check.end?.number == 3, "\(check.faults)")
    #expect(try lines.map { $0.contains("\"c\"") } == [false, false, false])
  }

  @Test("continues without the note, and writes a new one")
  func withoutNote() async throws {
    #expect(await log().keep(rows("a", "b")) == nil)
    for text in ["", "{", String(repeating: " ", count: 400)] {
      try folder.write(text, to: "audit.jsonl-end")
      #expect(await log().keep(rows("c")) == nil)
    }
    try FileManager.default.removeItem(atPath: folder.path("audit.jsonl-end"))
    #expect(await log().keep(rows("d")) == nil)
    let check = try check()
    #expect(check.isGood && check.end?.number == 6, "\(check.faults)")
  }

  @Test("never reuses the numbers of rows that were cut off")
  func cut() async throws {
    #expect(await log().keep(rows("a", "b", "c")) == nil)
    let first = try folder.text("audit.jsonl").split(separator: "\n")[0]
    try folder.write(first + "\n", to: "audit.jsonl")
    #expect(try check().faults.map(\.kind) == [.missing(2...3)])
    #expect(await log().keep(rows("d")) == nil)
    #expect(await log().keep(rows("e")) == nil)
    #expect(try check().faults.map(\.kind) == [.missing(2...3)])
  }

  @Test("notices rows cut off by memory of its own writes, even if the note is gone too")
  func cutWithNote() async throws {
    let log = log()
    #expect(await log.keep(rows("a", "b", "c")) == nil)
    let first = try folder.text("audit.jsonl").split(separator: "\n")[0]
    try folder.write(first + "\n", to: "audit.jsonl")
    try FileManager.default.removeItem(atPath: folder.path("audit.jsonl-end"))
    #expect(await log.keep(rows("d")) == nil)
    #expect(try check().faults.map(\.kind) == [.missing(2...3)])
  }

  @Test("does not chain the next row to a changed last one")
  func changedLast() async throws {
    #expect(await log().keep(rows("a", "b")) == nil)
    try folder.write(try folder.text("audit.jsonl").replacing("\"b\"", with: "\"x\""), to: "audit.jsonl")
    #expect(await log().keep(rows("c")) == nil)
    #expect(try check().faults.map(\.kind) == [.changed(2)])
  }
}

// MARK: - Rotation

extension ChainedLogTests {
  @Test("begins a new file with the first row of another day, and continues the chain in it")
  func everyDay() async throws {
    let log = log(LogRotation(every: .day))
    #expect(await log.keep(rows("a", "b")) == nil)
    #expect(await log.keep(rows("c")) == nil)
    #expect(await log.keep(rows("d", day: "2026-11-25")) == nil)
    #expect(await log.keep(rows("e", day: "2026-12-01")) == nil)
    #expect(files == ["audit.2026-11-24.jsonl", "audit.2026-11-25.jsonl", "audit.jsonl"])
    let check = try check()
    #expect(check.isGood && check.end?.number == 5, "\(check.faults)")
    #expect(try lines.count { $0.contains("\"after\"") } == 3, "each file says what it comes after")
  }

  @Test("can have one file per month")
  func everyMonth() async throws {
    let log = log(LogRotation(every: .month))
    for day in ["2026-11-24", "2026-11-30", "2026-12-01"] { #expect(await log.keep(rows("a", day: day)) == nil) }
    #expect(files == ["audit.2026-11-24.jsonl", "audit.jsonl"])
  }

  @Test("begins a new file before one is too large, and numbers those of a day")
  func size() async throws {
    let log = log(LogRotation(size: 1_000))
    for index in 0..<40 { #expect(await log.keep(rows("r\(index)")) == nil) }
    #expect(files.count > 5)
    #expect(files.prefix(2) == ["audit.2026-11-24.jsonl", "audit.2026-11-24.2.jsonl"])
    for file in files { #expect(try folder.text(file).utf8.count <= 1_000) }
    let check = try check()
    #expect(check.isGood && check.rows == 40, "\(check.faults)")
  }

  @Test("keeps the configured number of old files, and removed ones are not a fault")
  func keep() async throws {
    let log = log(LogRotation(size: 1_000, keep: 2))
    for index in 0..<40 { #expect(await log.keep(rows("r\(index)")) == nil) }
    #expect(files.count == 3)
    let kept = try check()
    #expect(kept.isGood && kept.end?.number == 40, "\(kept.faults)")
    #expect(try #require(kept.first) > 1)
    try FileManager.default.removeItem(atPath: folder.path(files[1]))
    #expect(try !check().isGood, "but a file between them is one")
  }

  @Test("keeps its files in order when the clock is set back")
  func clock() async throws {
    let log = log(LogRotation(every: .day))
    for day in ["2026-11-24", "2026-11-25", "2026-11-20", "2026-11-21"] {
      #expect(await log.keep(rows(day, day: day)) == nil)
    }
    #expect(files.dropLast() == ["audit.2026-11-24.jsonl", "audit.2026-11-25.jsonl", "audit.2026-11-25.2.jsonl"])
    #expect(try check().isGood)
  }

  @Test("keeps one chain when several processes rotate at the same time")
  func concurrentRotation() async throws {
    let logs = (0..<6).map { _ in
      ChainedLog(
        file: ConfinedPath(root: folder.path, relative: "audit.jsonl"),
        rotation: LogRotation(size: 2_000),
        disk: Disk()
      )
    }
    await withTaskGroup(of: Void.self) { group in
      for log in logs {
        group.addTask { for round in 0..<20 { #expect(await log.keep(rows("\(round)")) == nil) } }
      }
    }
    let check = try check()
    #expect(check.isGood && check.rows == 120, "\(check.faults.prefix(5))")
  }

  @Test("continues the chain in a new file if the operator renamed one")
  func renamed() async throws {
    let log = log()
    #expect(await log.keep(rows("a", "b")) == nil)
    try FileManager.default.moveItem(atPath: folder.path("audit.jsonl"), toPath: folder.path("old"))
    #expect(await log.keep(rows("c")) == nil)
    let check = try check()
    #expect(check.isGood && check.first == 3, "\(check.faults)")
  }

  @Test("behind a link is rotated in its real folder, and read from there")
  func linked() async throws {
    try folder.makeFolder("real")
    try folder.write("", to: "real/log.jsonl")
    try folder.link("audit.jsonl", to: folder.path("real/log.jsonl"))
    let log = log(LogRotation(every: .day))
    for day in ["2026-11-24", "2026-11-25", "2026-11-26"] { #expect(await log.keep(rows("a", day: day)) == nil) }
    #expect(files == ["real/log.2026-11-24.jsonl", "real/log.2026-11-25.jsonl", "real/log.jsonl"])
    let check = try check()
    #expect(check.isGood && check.rows == 3, "\(check.faults)")
  }

  @Test(
    "has only files with names that rotation gives",
    arguments: [
      ("audit.2026-11-24.jsonl", true), ("audit.2026-11-24.2.jsonl", true), ("audit.2026-11-24.10.jsonl", true),
      ("audit.2026-11-24.1.jsonl", false), ("audit.2026-11-24.02.jsonl", false), ("audit.jsonl", false),
      ("audit.2026-11-2.jsonl", false), ("audit.2026-11-24.x.jsonl", false), ("audit.2026-11-24.2.3.jsonl", false),
      ("audit.2026-11-24", false), ("other.2026-11-24.jsonl", false), ("audit..jsonl", false), ("", false),
    ]
  )
  func names(name: String, isOne: Bool) {
    #expect((RotatedName(name, of: "audit.jsonl") != nil) == isOne)
    if isOne { #expect(RotatedName(name, of: "audit.jsonl")?.text(of: "audit.jsonl") == name) }
    let order = [
      "audit.2026-11-24.10.jsonl", "audit.2026-11-25.jsonl", "audit.2026-11-24.jsonl", "audit.2026-11-24.9.jsonl",
    ]
    #expect(
      RotatedName.all(of: "audit.jsonl", among: order)
        == [
          "audit.2026-11-24.jsonl", "audit.2026-11-24.9.jsonl", "audit.2026-11-24.10.jsonl", "audit.2026-11-25.jsonl",
        ]
    )
  }
}

// MARK: - A full disk

extension ChainedLogTests {
  @Test(
    "has no partial rows on a full disk, and continues the chain when there is space",
    .enabled(if: SmallDisk.canBeMade)
  )
  func fullDisk() async throws {
    let small = try SmallDisk()
    let log = ChainedLog(file: ConfinedPath(root: small.root.path, relative: "audit.jsonl"), disk: disk)
    let batch = rows((0..<100).map { "r\($0)" })
    var written = 0
    while await log.keep(batch) == nil { written += 1 }
    #expect(written >= 1)
    #expect(await log.keep(batch)?.kind == .diskFull)
    let path = small.root.path("audit.jsonl")
    var check = ChainCheck(written: LogFiles.end(of: path)?.end)
    for line in try small.root.text("audit.jsonl").split(separator: "\n") {
      check.take(Array(line.utf8)[...], at: ChainCheck.Place(file: "log", line: 1))
    }
    check.finish()
    #expect(check.isGood && check.rows == written * 100, "\(check.faults)")
    try FileManager.default.moveItem(atPath: path, toPath: folder.path("moved"))
    #expect(await log.keep(rows("after")) == nil)
    #expect(try small.root.text("audit.jsonl").contains("\"number\":\(written * 100 + 1),"))
  }
}
