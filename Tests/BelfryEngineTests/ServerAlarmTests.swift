// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Synchronization
import Testing

@Suite("A server that cannot listen")
struct ServerAlarmTests {
  private static let channels = """
    {"channels": {"journal": {"kind": "file", "path": "out.jsonl"}}, "routes": [{"to": "journal", "resolved": true}]}
    """

  @Test("raises an alert once and resolves it once, even across a restart")
  func sentOnce() async throws {
    let environment = try TestEnvironment(Self.channels) { ScriptedTransport.accept($0) }
    func alarm() -> ServerAlarm {
      ServerAlarm(ledger: environment.ledger, notifier: environment.notifier, time: environment.time)
    }
    let first = alarm()
    try await first.end()
    try await first.fire("The port is taken.")
    try await first.fire("The port is taken.")
    try await environment.dispatcher.drain()
    #expect(environment.sent.count == 1)
    let second = alarm()
    try await second.fire("The port is taken.")
    try await second.end()
    try await second.end()
    try await environment.dispatcher.drain()
    #expect(environment.sent.count == 2)
    #expect(try await environment.ledger.record(of: ServerAlarm.key)?.isActive == false)
  }

  @Test("is retried, and ends nothing else")
  func triedAgain() async throws {
    struct Taken: Error, CustomStringConvertible { let description = "The port is taken." }
    let environment = try TestEnvironment(Self.channels) { ScriptedTransport.accept($0) }
    let attempts = Mutex(0)
    let console = Console(time: environment.time) { environment.printed.add($0) }
    let revolving = RestartOnChange(
      "server",
      of: CurrentValue(environment.configuration),
      time: environment.time,
      console: console
    ) {
      _ in
      guard
        attempts.withLock({
          $0 += 1; return $0
        }) == 3
      else { throw Taken() }
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await revolving.run() }
      for attempt in 1...2 {
        await environment.time.whenAsleep(1)
        #expect(attempts.withLock { $0 } == attempt)
        environment.time.advance(by: .seconds(10))
      }
      try await group.waitForAll()
    }
    #expect(environment.printed.all.filter { $0.contains("server: The port is taken. Retrying in 10s.") }.count == 2)
  }
}
