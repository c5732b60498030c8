// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite(
  "One notifier at a time",
  .enabled(if: ProcessInfo.processInfo.environment["BELFRY_SYSTEM_TESTS"] == "1")
)
struct OneNotifierTests {
  private let folder: BelfryFolder

  init() throws {
    folder = try BelfryFolder([
      "alerts.json": #"[{ "id": "a", "severity": "critical", "title": "A" }]"#,
      "channels.json": """
      {
        "channels": { "out": { "kind": "file", "path": "out.jsonl" } },
        "routes": [{ "to": "out" }],
        "cooldown": "0s",
        "digests": { "daily": { "every": "24h", "to": "out" } },
        "sources": { "alerts": { "kind": "file", "path": "alerts.json" } }
      }
      """,
    ])
  }

  @Test(
    "makes a second run name the first and what to do, unlike a start after a kill",
    arguments: [["run"], ["run", "--once"]]
  )
  func second(arguments: [String]) async throws {
    let first = try folder.start("run")
    try await first.line(containing: "sent ")
    let second = try await BelfryProcess.run(arguments, in: folder.url)
    #expect(second.status == 2, "\(second)")
    #expect(second.output.contains("Another `belfry run` (process \(first.identifier))"), "\(second)")
    #expect(second.output.contains("\"state\""), "\(second)")

    first.kill()
    try await first.exit()
    let third = try await folder.run("run", "--once")
    #expect(third.status == 0, "\(third)")
  }

  @Test("does not affect other commands beside it")
  func others() async throws {
    let notifier = try folder.start("run")
    try await notifier.line(containing: "sent ")
    let send = try await folder.run("send", "--severity", "info", "--title", "B")
    #expect(send.output.contains("sent out info"), "\(send)")
    for arguments in [
      ["status"], ["audit"], ["digest", "show"], ["digest", "flush"], ["test"], ["check"],
      ["run", "--once", "--dry-run"],
    ] {
      let result = try await BelfryProcess.run(arguments, in: folder.url)
      #expect(result.status == 0, "\(arguments): \(result)")
    }
    notifier.terminate()
    #expect(try await notifier.exit() == 0)
    #expect(notifier.output.hasSuffix("stopped cleanly"))
  }
}
