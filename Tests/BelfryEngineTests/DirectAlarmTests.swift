// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Testing

@Suite("Notifying people while the ledger keeps nothing")
struct DirectAlarmTests {
  private let environment: TestEnvironment
  private let alarm: DirectAlarm
  private let full = LedgerError(.full, "No room is left.", remedy: "Make room.")
  private let replaced = LedgerError(.replaced, "The file is gone.", remedy: "Put it back.")

  init() throws {
    environment = try TestEnvironment(
      """
      { "channels": { "pager": { "kind": "file", "path": "pager.jsonl" }, "log": { "kind": "file", "path": "log.jsonl" } },
        "routes": [{ "match": { "severity": "critical" }, "to": "pager" }, { "to": "log" }] }
      """
    ) { ScriptedTransport.accept($0) }
    let printed = environment.printed
    alarm = DirectAlarm(
      configuration: CurrentValue(environment.configuration),
      transport: environment.transport,
      time: environment.time,
      audit: environment.audit,
      console: Console(time: environment.time) { printed.add($0) }
    )
  }

  @Test("notifies the channels of a critical alert at once, and of the same failure once an hour")
  func oncePerHour() async throws {
    await alarm.notify(about: full)
    #expect(environment.sent.count == 1)
    guard case .append(let append) = environment.sent.first else { throw Unexpected() }
    let text = String(decoding: append.bytes, as: UTF8.self)
    #expect(append.file.relative.contains("pager.jsonl"))
    #expect(text.contains("ledger_failing") && text.contains("No room is left. Make room."), "\(text)")

    environment.time.advance(by: .seconds(3_599))
    await alarm.notify(about: full)
    #expect(environment.sent.count == 1)
    environment.time.advance(by: .seconds(1))
    await alarm.notify(about: full)
    #expect(environment.sent.count == 2)
    await alarm.notify(about: replaced)
    #expect(environment.sent.count == 3, "another trouble is news")
    #expect(try await environment.ledger.activeAlerts().isEmpty)
  }
}
