// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

/// The answers of `/-/ready`, `belfry status` and a push while the ledger cannot store anything, and afterwards.
@Suite(
  "A ledger that cannot store anything",
  .systemTest,
  .serialized,
  .enabled(if: getuid() == 0, "only root can mount a small disk"),
  .endsIfItHangs
)
struct HostileReadyTests {
  /// What prevents a notifier from writing or reading its ledger.
  enum Trouble: CaseIterable, Sendable {
    case diskFull
    case fileGone
    case readOnly
    case deliveriesUnreadable
  }

  private let folder: BelfryFolder

  init() throws {
    folder = try BelfryFolder([
      "channels.json": """
      { "channels": { "out": { "kind": "file", "path": "out.jsonl" } }, "routes": [{ "to": "out" }], "cooldown": 0,
        "server": { "listen": "127.0.0.1:0" }, "state": "disk/belfry.db" }
      """
    ])
  }

  @Test(
    "makes pushes and readiness 503 and status end with 1, and recovers afterwards",
    arguments: Trouble.allCases
  )
  func recovers(trouble: Trouble) async throws {
    let url = folder.url.appending(path: "disk")
    let reason = try await FillableDisk.mounted(at: url, megabytes: 3) { disk in
      let belfry = try folder.start("run")
      let port = try await PushServer.port(of: belfry)
      #expect(try await push("before", port) == 200)
      #expect(try await ready(port) == 200)
      #expect(try await folder.run("status").status == 0)

      try await begin(trouble, disk)
      // Files open for writing stay so under a read-only mount that is not the kernel's own.
      if trouble != .readOnly {
        try await eventually("a push is refused") { try await push("during", port) == 503 }
      }
      try await eventually("it is not ready") { try await ready(port) == 503 }
      let status = try await folder.run("status")
      #expect(status.status == 1, "\(status)")
      if trouble != .deliveriesUnreadable {
        try await belfry.line(containing: "ledger: notified out")
        #expect(String(decoding: folder.bytes(of: "out.jsonl"), as: UTF8.self).contains("ledger_failing"))
      }

      try await end(trouble, disk)
      try await eventually("it is ready without a push") { try await ready(port) == 200 }
      #expect(try await push("after", port) == 200)
      #expect(try await folder.run("status").status == 0)
      #expect(belfry.output.split(separator: "\n").count { $0.contains("ledger: notified out") } <= 1)
      belfry.terminate()
      #expect(try await belfry.exit() == 0, "\(belfry.output)")
    }
    if let reason { print("skipped: there is no small disk: \(reason)") }
  }

  @Test("a push and readiness are 503 on a disk that the kernel made read-only, and nothing that was accepted is lost")
  func kernelMadeItReadOnly() async throws {
    let url = folder.url.appending(path: "disk")
    let reason = try await LoopDisk.mounted(at: url, megabytes: 16) { disk in
      let belfry = try folder.start("run")
      let port = try await PushServer.port(of: belfry)
      #expect(try await push("before", port) == 200)
      #expect(try await ready(port) == 200)
      try disk.fail()
      try await eventually("a push is refused") { try await push("during", port) == 503 }
      try await eventually("it is not ready") { try await ready(port) == 503 }
      let status = try await folder.run("status")
      #expect(status.status == 1, "\(status)")
      try await belfry.line(containing: "ledger: notified out")
      #expect(String(decoding: folder.bytes(of: "out.jsonl"), as: UTF8.self).contains("ledger_failing"))
      belfry.terminate()
      try await belfry.exit()

      try await disk.remount()
      let again = try folder.start("run")
      let newPort = try await PushServer.port(of: again)
      #expect(try await ready(newPort) == 200)
      #expect(try await push("after", newPort) == 200)
      #expect(try await folder.run("why", "before").output.contains("delivered"))
      again.terminate()
      #expect(try await again.exit() == 0, "\(again.output)")
    }
    if let reason { print("skipped: there is no disk that the kernel can be made to fail: \(reason)") }
  }

  private func begin(_ trouble: Trouble, _ disk: FillableDisk) async throws {
    let path = disk.folder.path
    switch trouble {
    case .diskFull: try disk.fill()
    case .fileGone: try FileManager.default.moveItem(atPath: path + "/belfry.db", toPath: path + "/aside")
    case .readOnly:
      // Only the kernel remounts a disk with files open for writing; for the path, this is equivalent.
      try await Tool.output(["mount", "--bind", path, path], in: folder.url)
      try await Tool.output(["mount", "-o", "remount,bind,ro", path], in: folder.url)
    case .deliveriesUnreadable: try await sql("ALTER TABLE deliveries RENAME TO hidden")
    }
  }

  private func end(_ trouble: Trouble, _ disk: FillableDisk) async throws {
    let path = disk.folder.path
    switch trouble {
    case .diskFull: try disk.empty()
    case .fileGone: try FileManager.default.moveItem(atPath: path + "/aside", toPath: path + "/belfry.db")
    case .readOnly: try await Tool.output(["umount", path], in: folder.url)
    case .deliveriesUnreadable: try await sql("ALTER TABLE hidden RENAME TO deliveries")
    }
  }

  private func sql(_ text: String) async throws {
    let script = "import sqlite3; d = sqlite3.connect('disk/belfry.db', timeout=30); d.execute('\(text)'); d.commit()"
    try await Tool.output(["python3", "-c", script], in: folder.url)
  }

  private func push(_ id: String, _ port: Int) async throws -> Int? {
    try await HeldConnection(port: port).ask(PushServer.push([id]))?.status
  }

  private func ready(_ port: Int) async throws -> Int? {
    try await HeldConnection(port: port).ask("GET /-/ready HTTP/1.1\r\nHost: localhost\r\n\r\n")?.status
  }
}
