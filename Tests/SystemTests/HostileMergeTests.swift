// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation
import Testing

/// Contradicting pushes of one alert, to Belfry and to a real Alertmanager.
@Suite("Contradicting pushes of one alert", .systemTest, .endsIfItHangs)
struct HostileMergeTests {
  /// The start and end of the alert in a push, in minutes from now; nil if not stated.
  struct Push {
    var start: Int?
    var end: Int?

    init(_ start: Int?, _ end: Int?) {
      self.start = start
      self.end = end
    }
  }

  static let cases: [[Push]] = [
    [Push(-600, 240), Push(-1, 240)], [Push(-1, 240), Push(-600, 240)], [Push(-600, 240), Push(-1, 400)],
    [Push(-60, 900), Push(-60, nil)], [Push(-60, 180), Push(-60, 120)], [Push(-60, 120), Push(-60, 180)],
    [Push(-60, 180), Push(-60, nil)], [Push(-60, nil), Push(-60, 120)], [Push(-60, nil), Push(-60, 900)],
    [Push(-60, nil), Push(-30, nil)], [Push(-60, 240), Push(nil, nil)], [Push(-60, 120), Push(200, 400)],
    [Push(-600, 240), Push(-300, 600), Push(-1, 400)],
  ]

  @Test("have the same resulting start and end as in Alertmanager")
  func comparison() async throws {
    let ports = try ServerProcess.freePorts(2)
    let folder = try BelfryFolder([
      "channels.json": """
      { "channels": { "out": { "kind": "file", "path": "out.jsonl" } }, "routes": [{ "to": "out" }],
        "server": { "listen": "127.0.0.1:\(ports[0])", "resolve_timeout": "5h" } }
      """,
      "alertmanager.yml": """
      global: { resolve_timeout: 5h }
      route: { receiver: none }
      receivers: [{ name: none }]
      """,
    ])
    let belfry = try folder.start("run")
    try await belfry.line(containing: "server: listening on")
    let alertmanager = try ServerProcess(
      [
        try ServerProcess.program("/usr/bin/prometheus-alertmanager"), "--config.file=alertmanager.yml",
        "--storage.path=data", "--web.listen-address=127.0.0.1:\(ports[1])", "--cluster.listen-address=",
      ],
      in: folder.url,
      log: folder.url.appending(path: "alertmanager.log")
    )
    try await eventually("Alertmanager is ready") {
      guard alertmanager.isRunning else { throw Tool.Failure(description: try alertmanager.log) }
      return try await call(ports[1], "/-/ready", in: folder) != nil
    }
    let now = Date()
    for (index, pushes) in HostileMergeTests.cases.enumerated() {
      for push in pushes {
        let body = HostileMergeTests.body(index, push, now)
        for port in ports { #expect(try await call(port, "/api/v2/alerts", body, in: folder) != nil) }
      }
    }
    let ours = try HostileMergeTests.lives(try #require(try await call(ports[0], "/api/v2/alerts", in: folder)), now)
    let theirs = try HostileMergeTests.lives(try #require(try await call(ports[1], "/api/v2/alerts", in: folder)), now)
    #expect(theirs.count == HostileMergeTests.cases.count)
    for index in HostileMergeTests.cases.indices {
      let (mine, other) = (try #require(ours["case\(index)"]), try #require(theirs["case\(index)"]))
      // They receive a push some seconds apart; the tested times differ by half an hour.
      #expect(abs(mine.start - other.start) < 15, "the start of case \(index), in minutes")
      #expect(abs(mine.end - other.end) < 15, "the end of case \(index), in minutes")
    }
    alertmanager.stop()
    belfry.terminate()
    #expect(try await belfry.exit() == 0)
  }

  private func call(_ port: Int, _ path: String, _ body: String? = nil, in folder: BelfryFolder) async throws -> String?
  {
    var command = ["curl", "--silent", "--fail", "--noproxy", "*", "http://127.0.0.1:\(port)\(path)"]
    if let body { command += ["--header", "Content-Type: application/json", "--data-binary", body] }
    let result = try await Tool.run(command, in: folder.url)
    return result.status == 0 ? result.output : nil
  }

  private static func body(_ index: Int, _ push: Push, _ now: Date) -> String {
    let moments = [("startsAt", push.start), ("endsAt", push.end)].compactMap { name, minutes in
      minutes.map { #","\#(name)":"\#(now.addingTimeInterval(Double($0) * 60).ISO8601Format())""# }
    }
    return #"[{"labels":{"alertname":"case\#(index)","severity":"info"}\#(moments.joined())}]"#
  }

  /// The start and end of each alert in minutes from then, by name.
  private static func lives(_ text: String, _ now: Date) throws -> [String: (start: Double, end: Double)] {
    struct Alert: Decodable {
      var labels: [String: String]
      var startsAt: String
      var endsAt: String
    }
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    func minutes(_ text: String) throws -> Double {
      let date = text.contains(".") ? try style.parse(text) : try Date(text, strategy: .iso8601)
      return date.timeIntervalSince(now) / 60
    }
    let alerts = try JSONDecoder().decode([Alert].self, from: Data(text.utf8))
    return try alerts.reduce(into: [:]) { lives, alert in
      lives[alert.labels["alertname"] ?? ""] = (try minutes(alert.startsAt), try minutes(alert.endsAt))
    }
  }
}
