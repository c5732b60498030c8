// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite(
  "Reloading channels.json",
  .enabled(if: ProcessInfo.processInfo.environment["BELFRY_SYSTEM_TESTS"] == "1")
)
struct ReloadSystemTests {
  private static let channels = #"""
    { "channels": { "out": { "kind": "file", "path": "out.jsonl" } }, "routes": [{ "to": "out" }],
      "cooldown": "0s", "server": { "listen": "127.0.0.1:0" } }
    """#

  /// Pushes alerts and reloads at the same time, each as fast as it is answered; prints the number of reloads.
  private static let load = #"""
    import json, sys, threading, urllib.request
    port, pushes, reloads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    def post(path, body):
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=600) as answer: return answer.status
    def push():
        for number in range(pushes):
            alerts = [{"labels": {"alertname": f"a{number}-{one}", "severity": "warning"}} for one in range(10)]
            assert post("/api/v2/alerts", json.dumps(alerts).encode()) == 200
    pusher = threading.Thread(target=push)
    pusher.start()
    old = open("channels.json").read()
    for number in range(reloads):
        open("next.json", "w").write(old.replace('"0s"', '"1s"') if number % 2 else old.replace("out.jsonl", "./out.jsonl"))
        import os; os.replace("next.json", "channels.json")
        assert post("/-/reload", b"") == 200
    pusher.join()
    print(reloads)
    """#

  private func port(of belfry: BelfryProcess) async throws -> String {
    let line = try await belfry.line(containing: "server: listening on")
    return String(line.split(separator: ":").last ?? "")
  }

  @Test("a thousand times under load loses nothing and sends nothing twice")
  func load() async throws {
    let folder = try BelfryFolder(["channels.json": ReloadSystemTests.channels, "load.py": ReloadSystemTests.load])
    let belfry = try folder.start("run")
    let port = try await port(of: belfry)
    #expect(try await Tool.output(["python3", "load.py", port, "500", "1000"], in: folder.url) == "1000\n")
    try await belfry.line(containing: "version 1000 is in force")
    let deadline = ContinuousClock().now + .untilItHangs
    while folder.bytes(of: "out.jsonl").count(where: { $0 == 10 }) < 5_000, ContinuousClock().now < deadline {
      try await Task.sleep(for: .milliseconds(50))
    }
    belfry.terminate()
    #expect(try await belfry.exit() == 0)
    let lines = String(decoding: folder.bytes(of: "out.jsonl"), as: UTF8.self).split(separator: "\n")
    let ids = lines.compactMap { $0.firstMatch(of: /"alertname":"(a[0-9-]+)"/)?.1 }
    #expect(ids.count == 5_000)
    #expect(Set(ids).count == 5_000)
  }

  @Test("an invalid one rejects it, sends an alert, shows it in status, and allows a rollback")
  func refused() async throws {
    let folder = try BelfryFolder(["channels.json": ReloadSystemTests.channels])
    let belfry = try folder.start("run")
    _ = try await port(of: belfry)
    try folder.write(ReloadSystemTests.channels.replacing("\"0s\"", with: "\"5m\""), to: "channels.json")
    try await belfry.line(containing: "version 2 is in force")
    try folder.write("{ \"channels\": {} }", to: "channels.json")
    try await belfry.line(containing: "rejected; version 2 stays in force")
    try await belfry.line(containing: "The new channels.json was rejected")
    let status = try await folder.run("status")
    #expect(status.status == 1)
    #expect(status.output.contains("channels.json was rejected"))
    #expect(status.output.contains("configuration: version 2, in force since"))
    let difference = try await folder.run("config", "diff", "1", "2")
    #expect(difference.answer.contains("-  \"cooldown\": \"0s\""))
    #expect(difference.answer.contains("+  \"cooldown\": \"5m\""))
    #expect(try await folder.run("config", "rollback", "1").status == 0)
    try await belfry.line(containing: "version 3 is in force")
    #expect(try await folder.run("config", "show", "3").answer == ReloadSystemTests.channels)
    #expect(try await folder.run("config", "log").answer.split(separator: "\n").count == 3)
    #expect(try await folder.run("status").status == 0)
    belfry.terminate()
    #expect(try await belfry.exit() == 0)
  }
}
