// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

/// The built program, an alert that it sent, and a program that investigates it.
@Suite("Investigating an alert", .systemTest, .endsIfItHangs)
struct WakeTests {
  private static func channels(_ investigator: String) -> String {
    """
    {
      "channels": { "out": { "kind": "file", "path": "out.jsonl" }, "dm": { "kind": "file", "path": "dm.jsonl" } },
      "routes": [{ "to": "out", "cooldown": "0s" }],
      "sources": { "app": { "kind": "file", "path": "alerts.json" } },
      "interval": "1s",
      "wake": { "to": "dm", "every": "1s", "consecutive": 1, "investigator": \(investigator) }
    }
    """
  }

  private static let alert = """
    [{"id": "db", "severity": "critical", "category": "disk", "title": "The disk is full", "detail": "97% of /var",
      "labels": {"host": "db-1"}}]
    """

  private func folder(investigatedBy script: String) throws -> BelfryFolder {
    let command = #"{ "kind": "exec", "command": ["/bin/sh", "-c", "\#(script)"], "folder": ".", "timeout": "15m" }"#
    return try BelfryFolder(["channels.json": Self.channels(command), "alerts.json": "[]"])
  }

  /// A notifier whose investigator has an alert and does not answer.
  private func investigating() async throws -> (BelfryFolder, BelfryProcess) {
    // It ends with the test, which removes the folder.
    let folder = try folder(investigatedBy: "touch begun; while [ -e begun ]; do sleep 1; done")
    let belfry = try folder.start("run")
    try await belfry.line(containing: "cycle:")
    try folder.write(Self.alert, to: "alerts.json")
    try await eventually("it is asked") {
      FileManager.default.fileExists(atPath: folder.url.appending(path: "begun").path)
    }
    return (folder, belfry)
  }

  @Test("asks about its texts, sends the answer, and is shown by why and status, also after a kill")
  func investigated() async throws {
    let folder = try folder(investigatedBy: "cat >asked.json; echo Somebody filled it.")
    let belfry = try folder.start("run")
    try await belfry.line(containing: "cycle:")
    try folder.write(Self.alert, to: "alerts.json")
    try await belfry.line(containing: "sent dm")
    let asked = String(decoding: folder.bytes(of: "asked.json"), as: UTF8.self)
    #expect(asked.contains(#""title":"The disk is full","detail":"97% of /var","labels":{"host":"db-1"}"#), "\(asked)")
    #expect(String(decoding: folder.bytes(of: "dm.jsonl"), as: UTF8.self).contains("Somebody filled it."))
    try await eventually("why says so") {
      try await folder.run("why", "db").answer.contains("investigated; the answer was sent to dm")
    }
    let json = try await folder.run("why", "db", "--json").answer
    #expect(json.contains(#""investigations":[{"at":"#), "\(json)")
    try await eventually("status says so") {
      try await folder.run("status").answer.contains("alert:disk:critical, sent to dm with an answer")
    }
    let status = try await folder.run("status", "--json").answer
    #expect(status.contains(#""session":"alert:disk:critical""#) && status.contains(#""begun":true"#), "\(status)")
    belfry.kill()
    _ = try await belfry.exit()
    let again = try folder.start("run")
    try await again.line(containing: "cycle:")
    try await eventually("the log is read to its end") {
      try await folder.run("status").answer.contains("wake: audit log read to the end")
    }
    again.terminate()
    _ = try await again.exit()
    let sent = String(decoding: folder.bytes(of: "dm.jsonl"), as: UTF8.self).split(separator: "\n")
    #expect(sent.count == 1, "\(sent)")
  }

  @Test("is reported without an answer after the next start, once, if Belfry was killed")
  func killed() async throws {
    let (folder, belfry) = try await investigating()
    belfry.kill()
    _ = try await belfry.exit()
    let again = try folder.start("run")
    try await again.line(containing: "sent dm")
    let sent = String(decoding: folder.bytes(of: "dm.jsonl"), as: UTF8.self)
    #expect(sent.contains("stopped or reloaded before it answered") && sent.contains("97% of /var"), "\(sent)")
    again.terminate()
    _ = try await again.exit()
    #expect(sent.split(separator: "\n").count == 1)
  }

  @Test("is ended by a change of the investigator, and the event is reported without an answer")
  func reloaded() async throws {
    let (folder, belfry) = try await investigating()
    try folder.write(Self.channels(#"{ "kind": "exec", "command": "/bin/false" }"#), to: "channels.json")
    try await belfry.line(containing: "sent dm")
    let sent = String(decoding: folder.bytes(of: "dm.jsonl"), as: UTF8.self)
    #expect(sent.contains("stopped or reloaded before it answered"), "\(sent)")
    belfry.terminate()
    #expect(try await belfry.exit() == 0)
  }
}
