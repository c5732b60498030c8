// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation
import Testing

/// Metrics and alert rules, checked with Prometheus' own `promtool`.
@Suite("promtool", .systemTest, .endsIfItHangs)
struct PromtoolTests {
  private static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent()
    .appending(path: "docs/prometheus")

  @Test(
    "accepts the rules and the example configuration, and the rules fire when they should",
    arguments: [
      ["check", "rules", "belfry.rules.yml"],
      ["check", "config", "prometheus.yml"],
      ["test", "rules", "belfry.rules.test.yml"],
    ]
  )
  func rules(_ arguments: [String]) async throws {
    let promtool = try ServerProcess.program("/usr/bin/promtool")
    let output = try await Tool.output([promtool] + arguments, in: PromtoolTests.folder)
    #expect(output.contains("SUCCESS"))
  }

  @Test("accepts the metrics of a running Belfry as well-formed and well-named")
  func scrape() async throws {
    let promtool = try ServerProcess.program("/usr/bin/promtool")
    let port = try ServerProcess.freePorts(1)[0]
    let folder = try BelfryFolder(["channels.json": AmtoolTests.channels(port)])
    let belfry = try folder.start("run")
    try await belfry.line(containing: "server: listening on 127.0.0.1:\(port)")
    let ask = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:\(port)/metrics').read().decode(), end='')"
    let page = try await eventually("all parts run") {
      let page = try await Tool.output(["python3", "-c", ask], in: folder.url)
      return page.contains("belfry_part_up{part=\"dispatcher\"} 1\n") ? page : nil
    }
    try page.write(to: folder.url.appending(path: "metrics.txt"), atomically: true, encoding: .utf8)
    try await Tool.output(["sh", "-c", "'\(promtool)' check metrics < metrics.txt"], in: folder.url)
    belfry.terminate()
    #expect(try await belfry.exit() == 0, "\(belfry.output)")
  }
}
