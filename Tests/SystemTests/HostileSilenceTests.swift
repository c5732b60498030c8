// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation
import Testing

/// Every form of silence that `belfry silence add` makes, changed by the real amtool and read back.
@Suite("Silences that amtool changes", .systemTest, .endsIfItHangs)
struct HostileSilenceTests {
  static let forms: [[String]] = [
    ["--severity", "critical"], ["--severity", "warning+"], ["--severity", "info", "--severity", "odd"],
    ["--category", "disk"], ["--category", "disk*"], ["--category", "/^disk|net$/"],
    ["--category", "a", "--category", "b*"],
    ["--source", "app"], ["--label", "host=web"], ["--label", "host=/web/"], ["--label", "host=/(?i)^web/"],
    ["--label", "host=w*b"], ["--label", "host=a|b"], ["--label", "host=a.b", "--label", "host=c"],
    ["--label", "host!=web"], ["--label", "host!=web", "--label", "host!=/^db/"],
    ["--label", "host=/web/", "--label", "host!=web1", "--label", "host!=*x"], ["--label", "host="],
    ["--label", "host!="], ["--label", "host.name=ü\"\\"], ["--label", "host=x\ny"],
    ["--severity", "critical", "--between", "22:00-07:00", "--days", "mon-fri", "--timezone", "Europe/Paris"],
    ["--severity", "critical", "--forget"], ["--everything"],
    [
      "--severity", "critical", "--category", "disk*", "--source", "app", "--label", "team=web", "--between",
      "22:00-07:00", "--forget",
    ],
  ]

  @Test("keep their matchers, their hours, and whether people are notified afterwards")
  func roundTrip() async throws {
    let port = try ServerProcess.freePorts(1)[0]
    let folder = try BelfryFolder(["channels.json": AmtoolTests.channels(port)])
    let belfry = try folder.start("run")
    try await belfry.line(containing: "server: listening on 127.0.0.1:\(port)")
    let amtool = [
      try ServerProcess.program("/usr/bin/amtool"), "--no-version-check", "--alertmanager.url=http://127.0.0.1:\(port)",
    ]
    for form in HostileSilenceTests.forms {
      let arguments = ["silence", "add", "--for", "1h", "--comment", "deploy", "--author", "ann", "--json"] + form
      let added = try await BelfryProcess.run(arguments, in: folder.url)
      #expect(added.status == 0, "\(form): \(added)")
      let before = try HostileSilenceTests.silence(added.answer, "silence")
      let id = try #require(before["id"] as? String)
      try await Tool.output(amtool + ["silence", "update", "--duration=3h", "--comment=longer", id], in: folder.url)
      let list = try await folder.run("silence", "list", "--json")
      let after = try HostileSilenceTests.silences(list.answer).first { $0["id"] as? String == id }
      for key in ["match", "hours", "told_afterwards", "author", "from"] {
        #expect(HostileSilenceTests.text(after?[key]) == HostileSilenceTests.text(before[key]), "\(form): \(key)")
      }
      #expect(after?["comment"] as? String == "longer", "\(form)")
      #expect(HostileSilenceTests.text(after?["until"]) != HostileSilenceTests.text(before["until"]), "\(form)")
      try await Tool.output(amtool + ["silence", "expire", id], in: folder.url)
    }
    belfry.terminate()
    #expect(try await belfry.exit() == 0, "\(belfry.output)")
  }

  private static func silence(_ json: String, _ key: String) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    return try #require(object?[key] as? [String: Any])
  }

  private static func silences(_ json: String) throws -> [[String: Any]] {
    try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])
  }

  private static func text(_ value: Any?) -> String {
    guard let value, !(value is NSNull) else { return "nothing" }
    // Any value from JSON can be written as JSON.
    let data = try? JSONSerialization.data(withJSONObject: ["value": value], options: .sortedKeys)
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "unreadable"
  }
}
