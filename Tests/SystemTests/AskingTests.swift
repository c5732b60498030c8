// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite(
  "Commands beside a running Belfry",
  .enabled(if: ProcessInfo.processInfo.environment["BELFRY_SYSTEM_TESTS"] == "1")
)
struct AskingTests {
  private let folder: BelfryFolder

  init() throws {
    folder = try BelfryFolder([
      "alerts.json": #"[{ "id": "a", "severity": "critical", "category": "disk", "title": "A" }]"#,
      "channels.json": """
      {
        "channels": { "out": { "kind": "file", "path": "out.jsonl" } },
        "routes": [{ "to": "out", "cooldown": "0s", "note": "all of it", "repeat": "4h" }],
        "sources": { "alerts": { "kind": "file", "path": "alerts.json" } },
        "interval": "1s"
      }
      """,
    ])
  }

  private func write(_ ids: [String]) throws {
    let alerts = ids.map { #"{ "id": "\#($0)", "severity": "critical", "category": "disk", "title": "\#($0)" }"# }
    try folder.write("[\(alerts.joined(separator: ","))]", to: "alerts.json")
  }

  @Test("status can be watched: it is shown again until it is stopped")
  func watching() async throws {
    _ = try await folder.run("run", "--once")
    let status = try folder.start("status", "--watch")
    try await status.line(containing: "1 active: 1 sent", number: 2)
    status.interrupt()
    #expect(try await status.exit() == 128 + SIGINT)
    #expect(!status.answer.contains("\u{1B}"))
  }

  @Test("a silence applies in the running notifier at once, and held alerts are sent when it ends")
  func silence() async throws {
    let notifier = try folder.start("run")
    try await notifier.line(containing: "sent out")
    let added = try await folder.run("silence", "add", "--category", "disk", "--for", "1h", "--comment", "deploy")
    #expect(added.status == 0, "\(added)")
    #expect(added.answer.contains("matches 1 of 1 active alert: alerts/a"), "\(added)")
    let id = String(added.answer.prefix { $0 != ":" })
    try write(["a", "b"])
    try await notifier.line(containing: "hold critical alerts/b")
    let why = try await folder.run("why", "b")
    #expect(why.status == 0 && why.answer.hasPrefix("silenced by "), "\(why)")
    let list = try await folder.run("silence", "list")
    #expect(list.answer.contains("holding back 1 alert"), "\(list)")
    let ended = try await folder.run("silence", "end", id)
    #expect(ended.status == 0 && ended.answer.contains("it held back 1 alert"), "\(ended)")
    try await eventually("b is sent") { try await folder.run("why", "b").answer.hasPrefix("sent: out") }
    let status = try await folder.run("status")
    #expect(status.status == 0, "\(status)")
    #expect(status.answer.contains("2 active: 2 sent\n"), "\(status)")
    #expect(status.answer.contains("source alerts: read "), "\(status)")
    notifier.terminate()
    #expect(try await notifier.exit() == 0)
    let verified = try await folder.run("audit", "verify", "--config", "./channels.json")
    #expect(
      verified.status == 0
        && verified.answer == """
          audit log: 4 rows, none changed or missing
          audit log: 2 settled attempts in the ledger, none without its row
          2 alerts accounted for: 2 sent
          """,
      "\(verified)"
    )
  }

  @Test("an alert is acknowledged beside the running notifier, and the output states what that stops")
  func acknowledgement() async throws {
    let notifier = try folder.start("run")
    try await notifier.line(containing: "sent out")
    let taken = try await folder.run("ack", "a", "--by", "ann", "--comment", "on it")
    #expect(taken.status == 0 && taken.answer.contains("stops: reminder to out at"), "\(taken)")
    let why = try await folder.run("why", "a")
    #expect(why.answer.contains("acknowledged by ann") && why.answer.contains("“all of it”"), "\(why)")
    notifier.terminate()
    try await notifier.exit()
  }

  @Test("many commands act beside the running notifier, and the audit log holds a row of each in one chain")
  func concurrentActions() async throws {
    let folder = try BelfryFolder([
      "channels.json": """
      {
        "channels": { "out": { "kind": "file", "path": "out.jsonl" } },
        "routes": [{ "to": "out" }],
        "cooldown": "0s", "interval": "1s", "server": { "listen": "127.0.0.1:0" }
      }
      """
    ])
    let count = 4
    let notifier = try folder.start("run")
    try await notifier.line(containing: "listening")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<count {
        let id = "a\(number)"
        group.addTask {
          _ = try await folder.run("send", "--severity", "critical", "--title", id, "--id", id, "--category", "disk")
          let commands = [
            ["ack", id], ["silence", "add", "--category", "c\(number)", "--for", "1h", "--comment", "deploy"],
            ["dead", "retry", "nothing"], ["test", "--channel", "out"],
          ]
          for command in commands { _ = try await BelfryProcess.run(command, in: folder.url) }
        }
      }
      try await group.waitForAll()
    }
    notifier.terminate()
    #expect(try await notifier.exit() == 0)
    let verified = try await folder.run("audit", "verify")
    #expect(verified.status == 0 && verified.answer.contains("none changed or missing"), "\(verified)")
    let rows = try await folder.run("audit", "--json").answer.split(separator: "\n").compactMap { line in
      line.firstRange(of: #","via":"cli","action":""#).map { String(line[$0.upperBound...].prefix { $0 != "\"" }) }
    }
    let expected = ["ack", "alert.send", "dead.retry", "silence.add", "test.send"].flatMap {
      Array(repeating: $0, count: count)
    }
    #expect(rows.sorted() == expected)
  }

  @Test(
    "what does not exist is reported, with what to do",
    arguments: [["why", "a"], ["ack", "a"], ["silence", "end", "k7fm"]]
  )
  func nothing(arguments: [String]) async throws {
    let result = try await BelfryProcess.run(arguments, in: folder.url)
    #expect(result.status == 1, "\(result)")
    #expect(result.output.contains("does not exist"), "\(result)")
    #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "var").path))
  }
}
