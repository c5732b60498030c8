// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryDaemon
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

  @Test("a row has the keys, the order and the form of the system it replaces")
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

  @Test("a burst's row names every alert, in order")
  func burst() {
    var burst = row
    burst.content = .burst([alert("z"), alert("b")])
    #expect(text(burst).contains(#""alert_id":"burst:2","severity":"burst","category":"burst_summary""#))
    #expect(text(burst).contains(#""burst_count":2,"burst_alert_ids":["b","z"]"#))
  }

  @Test("rows wait while the disk is full, and are all written when there is room")
  func fullDisk() async {
    let isFull = Mutex(true)
    let transport = ScriptedTransport { _ in
      isFull.withLock { $0 } ? .failed(TransportFailure(.diskFull, "no space left")) : .appended
    }
    let printed = Printed()
    let time = VirtualTime()
    let log = AuditLog(
      file: ConfinedPath(root: "/nowhere", relative: "audit.jsonl"),
      carrier: transport,
      time: time,
      console: Console(time: time) { printed.add($0) }
    )
    log.append([row, row])
    #expect(await log.flush() == false)
    #expect(await log.flush() == false)
    #expect(printed.all.count { $0.contains("cannot be written") } == 1)
    isFull.withLock { $0 = false }
    #expect(await log.flush() == true)
    #expect(printed.contains("can be written again"))
    guard case .append(let append) = transport.carried.last else { return }
    #expect(append.bytes.count { $0 == UInt8(ascii: "\n") } == 2)
  }

  @Test("a reader gets each whole line once, and starts over when the file was replaced")
  func reader() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "belfry-audit-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "audit.jsonl")
    var reader = AuditReader(path: file.path)
    #expect(await reader.readLines() == [])
    try Data("one\ntw".utf8).write(to: file)
    #expect(await reader.readLines() == ["one"])
    let handle = try FileHandle(forWritingTo: file)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("o\nthree\n".utf8))
    try handle.close()
    #expect(await reader.readLines() == ["two", "three"])
    try FileManager.default.removeItem(at: file)
    try Data("new\n".utf8).write(to: file)
    #expect(await reader.readLines() == ["new"])
  }

  @Test("rows are filtered by age and by seam")
  func filter() throws {
    let line = try #require(AuditLine(text(row)))
    #expect(AuditFilter().takes(line))
    #expect(AuditFilter(earliest: Instant(seconds: 1_800_000_000)).takes(line))
    #expect(!AuditFilter(earliest: Instant(seconds: 1_800_000_001)).takes(line))
    #expect(!AuditFilter(seam: "other").takes(line))
    #expect(line.text == "2027-01-15T08:00:00Z ok     slack_dm critical a")
  }
}
