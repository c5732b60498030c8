// SPDX-License-Identifier: Apache-2.0
import BelfryTesting
import BelfryTransport
import Foundation
import Testing

@Suite(
  "Belfry as a system service",
  .enabled(if: ProcessInfo.processInfo.environment["BELFRY_SYSTEM_TESTS"] == "1")
)
struct ServiceTests {
  private let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL

  @Test("notifies the service manager of readiness, of life and of the stop")
  func signs() async throws {
    let folder = try BelfryFolder([
      "channels.json": #"""
      { "channels": { "out": { "kind": "file", "path": "out.jsonl" } }, "routes": [{ "to": "out" }] }
      """#
    ])
    let name = "@belfry-\(UUID().uuidString)"
    let listener = try DatagramListener(name)
    let belfry = try folder.start("run", environment: ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "500000"])
    // On a thread of its own, because it blocks.
    func receive() async throws -> String {
      try await onOwnThread(named: "test") { Result { try listener.receive() } }.get()
    }
    #expect(try await receive() == "READY=1\nSTATUS=watching")
    #expect(try await receive() == "WATCHDOG=1")
    belfry.terminate()
    var last = ""
    repeat { last = try await receive() } while last == "WATCHDOG=1"
    #expect(last == "STOPPING=1\nSTATUS=finishing work in progress")
    #expect(try await belfry.exit() == 0)
  }

  @Test("has a valid unit file, which leaves the program few permissions")
  func unit() async throws {
    let text = try String(contentsOf: root.appending(path: "packaging/belfry.service"), encoding: .utf8)
    // On the build machine the program is not installed.
    let folder = try BelfryFolder([
      "belfry.service": text.replacingOccurrences(of: "/usr/local/bin/belfry", with: "/bin/true")
    ])
    let verified = try await Tool.output(["systemd-analyze", "verify", "./belfry.service"], in: folder.url)
    #expect(verified == "")
    // Out of 100; below 20 is rated OK.
    try await Tool.output(
      ["systemd-analyze", "security", "--offline=true", "--threshold=20", "./belfry.service"],
      in: folder.url
    )
  }
}
