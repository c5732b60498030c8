// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation
import Testing

/// Alerts that are easily confused, and broken ones among valid ones, through the built program.
@Suite("Hostile alerts in the built program", .systemTest, .endsIfItHangs)
struct HostileIngestTests {
  private static let long = String(repeating: "x", count: 2_000)
  private static let ids = ["café", "cafe\u{301}", long + "1", long + "2"]

  private static func list(_ ids: [String], _ more: String = "") -> String {
    let alerts = ids.map { #"{"id":"\#($0)","severity":"warning","title":"T","category":"c"\#(more)}"# }
    return "[\(alerts.joined(separator: ","))]"
  }

  private static func channels(_ more: String) -> String {
    """
    { "channels": { "out": { "kind": "file", "path": "out.jsonl" } },
      "routes": [{ "to": "out", "resolved": true }], "cooldown": "0s"\(more) }
    """
  }

  /// The IDs of the alerts that were sent, byte by byte, and the kind of message of each.
  private func sent(_ folder: BelfryFolder) throws -> [(kind: String, id: [UInt8])] {
    try folder.bytes(of: "out.jsonl").split(separator: UInt8(ascii: "\n")).flatMap { line in
      let notice = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
      let alerts = notice["alerts"] as? [[String: Any]] ?? []
      return alerts.map { (notice["type"] as? String ?? "", Array(($0["id"] as? String ?? "").utf8)) }
    }
  }

  @Test("with two spellings, or IDs that differ at their end, are all sent", arguments: ["file", "exec"])
  func sources(kind: String) async throws {
    let folder = try BelfryFolder(["alerts.json": Self.list(Self.ids)])
    let file = folder.url.appending(path: "alerts.json").path
    let source = kind == "file" ? #""path": "\#(file)""# : #""command": ["/bin/cat", "\#(file)"]"#
    let settings = #", "sources": { "app": { "kind": "\#(kind)", \#(source) } }"#
    try folder.write(Self.channels(settings), to: "channels.json")
    #expect(try await folder.run("run", "--once").status == 0)
    #expect(Set(try sent(folder).map(\.id)).count == 4)
    #expect(try await folder.run("audit", "verify").status == 0)
    // One of them ends.
    try folder.write(Self.list(Array(Self.ids.dropFirst())), to: "alerts.json")
    #expect(try await folder.run("run", "--once").status == 0)
    let ends = try sent(folder).filter { $0.kind == "resolved" }
    #expect(ends.map(\.id) == [Array(Self.ids[0].utf8)])
  }

  @Test("from the command line start and end with the ID that was typed, however long it is")
  func commandLine() async throws {
    let folder = try BelfryFolder(["channels.json": Self.channels("")])
    for id in Self.ids {
      #expect(try await folder.run("send", "--id", id, "--severity", "warning", "--title", "T").status == 0)
    }
    #expect(try sent(folder).map(\.kind) == ["alert", "alert", "alert", "alert"])
    for id in Self.ids { #expect(try await folder.run("send", "--id", id, "--resolved").status == 0) }
    let sent = try sent(folder)
    #expect(sent.map(\.kind) == ["alert", "alert", "alert", "alert", "resolved", "resolved", "resolved", "resolved"])
    #expect(sent.prefix(4).map(\.id) == sent.suffix(4).map(\.id))
  }

  @Test("pushed together with broken ones are accepted, and the broken ones are named by their place")
  func pushed() async throws {
    let folder = try BelfryFolder(["channels.json": Self.channels(#", "server": { "listen": "127.0.0.1:0" }"#)])
    let belfry = try folder.start("run")
    let port = try await PushServer.port(of: belfry)
    let good = Self.list(Self.ids).dropFirst().dropLast()
    let batch =
      "[\(good),{\"id\":\"cut\",\"title\":\"\\ud83d\"},{\"id\":\"bad\",\"title\":'x'},{\"id\":\"last\",\"title\":\"T\"}]"
    try folder.write(batch, to: "batch.json")
    let url = "http://127.0.0.1:\(port)/v1/alerts"
    let answer = try await Tool.output(
      ["curl", "-s", "--noproxy", "*", "--data-binary", "@batch.json", url],
      in: folder.url
    )
    let result = try #require(try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any])
    #expect(result["accepted"] as? Int == 6 && result["refused"] as? Int == 1, "\(answer)")
    let refused = (result["results"] as? [[String: Any]] ?? []).filter { $0["status"] as? String == "refused" }
    #expect(refused.map { $0["index"] as? Int } == [5])
    try await eventually("all are notified") { Set(try sent(folder).map(\.id)).count == 6 }
    belfry.terminate()
    #expect(try await belfry.exit() == 0)
    #expect(try await folder.run("audit", "verify").status == 0)
  }
}
