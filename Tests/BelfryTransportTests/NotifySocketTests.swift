// SPDX-License-Identifier: Apache-2.0
import BelfryTesting
import BelfryTransport
import Foundation
import Testing

@Suite("The service manager's socket")
struct NotifySocketTests {
  @Test("is missing if the environment names no usable one", arguments: ["", "@", "relative", "vsock:1:2"])
  func none(path: String) {
    #expect(NotifySocket(environment: ["NOTIFY_SOCKET": path]) == nil)
    #expect(NotifySocket(environment: [:]) == nil)
    #expect(NotifySocket(environment: ["NOTIFY_SOCKET": "/" + String(repeating: "a", count: 200)]) == nil)
  }

  @Test("has the watchdog of this process, and not that of another")
  func watchdog() throws {
    var environment = ["NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"]
    #expect(try #require(NotifySocket(environment: environment, process: 7)).watchdog == .seconds(30))
    #expect(try #require(NotifySocket(environment: environment, process: 8)).watchdog == nil)
    environment["WATCHDOG_USEC"] = "soon"
    #expect(try #require(NotifySocket(environment: environment, process: 7)).watchdog == nil)
  }

  @Test("accepts states, by a path or an abstract name", arguments: [true, false])
  func says(isAbstract: Bool) throws {
    let name = "belfry-test-\(UUID().uuidString)"
    let path = isAbstract ? "@" + name : NSTemporaryDirectory() + name
    defer { if !isAbstract { unlink(path) } }
    let listener = try DatagramListener(path)
    #expect(try #require(NotifySocket(environment: ["NOTIFY_SOCKET": path])).say(["READY=1", "STATUS=well"]) == nil)
    #expect(try listener.receive() == "READY=1\nSTATUS=well")
  }

  @Test("reports why sending failed")
  func deaf() throws {
    let path = NSTemporaryDirectory() + "belfry-test-\(UUID().uuidString)"
    let trouble = try #require(NotifySocket(environment: ["NOTIFY_SOCKET": path])).say(["READY=1"])
    #expect(trouble == "\(path): No such file or directory")
  }
}
