// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

/// A full or read-only disk that holds the ledger.
@Suite(
  "The ledger's disk",
  .systemTest,
  .serialized,
  .enabled(if: getuid() == 0, "only root can mount a small disk"),
  .endsIfItHangs
)
struct LedgerDiskTests {
  private static let full = "No space left for the ledger"
  private static let remedy = "Free space on its disk; Belfry then continues by itself."

  private let slack: LoopbackSlack
  private let folder: BelfryFolder
  private let environment = ["TOKEN": "xoxb-1"]

  init() throws {
    slack = try LoopbackSlack(token: "xoxb-1")
    folder = try BelfryFolder([
      "channels.json": """
      {
        "channels": {
          "out": { "kind": "file", "path": "out.jsonl" },
          "pager": {
            "kind": "slack-dm", "token": "${TOKEN}", "user": "U012ABCDEF", "api": "\(slack.api)", "rate": "unlimited"
          }
        },
        "routes": [{ "match": { "severity": "critical" }, "to": "pager" }, { "to": "out" }],
        "cooldown": "0s",
        "sources": { "alerts": { "kind": "file", "path": "alerts.json" } },
        "interval": "1s",
        "state": "disk/belfry.db"
      }
      """
    ])
    try write(1, severity: "info")
  }

  @Test("when full, lets nothing be sent that is not recorded, and Belfry continues when there is space")
  func full() async throws {
    try await onDisk { disk in
      let belfry = try start()
      try await belfry.line(containing: "sent out")
      try disk.fill()
      try write(300, severity: "info")
      let line = try await belfry.line(containing: Self.full)
      #expect(line.contains("ledger: ") && line.contains(Self.remedy), "\(line)")
      let status = try await folder.run("status", environment: environment)
      #expect(status.answer.contains("1 active: 1 sent"), "what is in the ledger is still read: \(status)")
      let send = try await folder.run("send", "--severity", "info", "--title", "X", environment: environment)
      #expect(send.status == 1 && send.output.contains(Self.remedy), "what is not accepted is not said to be: \(send)")
      #expect(notices.distinct == 1)

      try disk.empty()
      try await eventually("everything is sent") { notices.alerts.count == 300 }
      try await stop(belfry)
      let sent = notices
      #expect(sent.distinct == 300 && sent.repeated == 0 && sent.torn == 0)
      #expect(try await folder.run("status", environment: environment).answer.contains("300 active: 300 sent"))
    }
  }

  @Test("when it fills up during a delivery, the message is sent once")
  func fullInFlight() async throws {
    try await onDisk { disk in
      slack.trouble(.slow(.seconds(1)), times: 8)
      try write(8, severity: "critical")
      let belfry = try start()
      await slack.received(8)
      try disk.fill()
      let line = try await belfry.line(containing: Self.full)
      #expect(line.contains(Self.remedy), "\(line)")
      // Failures that cannot be recorded are sent past the ledger.
      try await belfry.line(containing: "ledger: notified pager")
      try disk.empty()
      try await belfry.line(containing: "sent pager", number: 8)
      try await stop(belfry)
      let sent = Notices(messages: slack.messages)
      #expect(sent.alerts.count == 8 && sent.distinct == 9 && sent.repeated == 0, "\(sent)")
    }
  }

  @Test("when full during a kill, loses nothing that was accepted, and Belfry starts when there is space")
  func killedWhenFull() async throws {
    try await onDisk { disk in
      // Fewer than would open the circuit.
      slack.trouble(.status(503), times: 3)
      try write(3, severity: "critical")
      let first = try start()
      try await first.line(containing: "retry pager", number: 3)
      try disk.fill()
      first.kill()
      try await first.exit()
      let second = try await folder.run("run", "--once", environment: environment)
      #expect(second.status == 1, "\(second)")
      #expect(second.output.contains(Self.full) && second.output.contains(Self.remedy), "\(second)")
      try disk.empty()
      let third = try start()
      // The first may have sent one again before it was killed.
      try await eventually("everything is sent") { Notices(messages: slack.messages).alerts.count == 3 }
      try await stop(third)
      let sent = Notices(messages: slack.messages)
      #expect(sent.alerts.count == 3 && sent.distinct == 3)
    }
  }

  @Test(
    "when read-only, makes every command report that and end with 1",
    arguments: [["run"], ["run", "--once"], ["status"], ["send", "--severity", "info", "--title", "X"]]
  )
  func readOnly(arguments: [String]) async throws {
    try await onDisk { disk in
      #expect(try await folder.run("run", "--once", environment: environment).status == 0)
      let before = folder.bytes(of: "disk/belfry.db")
      try await disk.set(readOnly: true)
      let result = try await BelfryProcess.run(arguments, in: folder.url, environment: environment)
      #expect(result.status == 1, "\(result)")
      #expect(result.output.contains("disk/belfry.db cannot be opened: "), "\(result)")
      #expect(result.output.contains("Check the owner and mode of the file and its folder"), "\(result)")
      #expect(folder.bytes(of: "disk/belfry.db") == before)
      try await disk.set(readOnly: false)
      #expect(try await folder.run("run", "--once", environment: environment).status == 0)
      #expect(notices.distinct == 1 && notices.repeated == 0)
    }
  }

  private func onDisk(_ body: (FillableDisk) async throws -> Void) async throws {
    let disk = folder.url.appending(path: "disk")
    if let reason = try await FillableDisk.mounted(at: disk, megabytes: 3, body) {
      print("skipped: there is no small disk: \(reason)")
    }
  }

  private func start() throws -> BelfryProcess { try folder.start("run", environment: environment) }

  private func stop(_ belfry: BelfryProcess) async throws {
    belfry.terminate()
    #expect(try await belfry.exit() == 0, "\(belfry.output)")
  }

  private var notices: Notices { Notices(lines: folder.bytes(of: "out.jsonl")) }

  private func write(_ count: Int, severity: String) throws {
    let detail = String(repeating: "d", count: 1_000)
    let alerts = (0..<count).map {
      #"{ "id": "a\#($0)", "severity": "\#(severity)", "title": "Alert a\#($0).", "detail": "\#(detail)" }"#
    }
    try folder.write("[" + alerts.joined(separator: ",\n") + "]", to: "alerts.json")
  }
}
