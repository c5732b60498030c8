// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Expected alerts")
struct ExpectationTests {
  private let file = """
    {"routes": [{"to": "pager", "resolved": true}], "cooldown": 0,
     "expect": {"id": "backup", "every": "24h", "severity": "warning"}}
    """
  private let alarm = ExpectationRule.alarm(of: "backup")

  @Test("raise an alarm after their time if they never come")
  func never() throws {
    var environment = try PolicyEnvironment(file)
    #expect(environment.advance(by: .hours(23)) == [])
    #expect(environment.advance(by: .hours(1)) == ["pager: alert expect/backup"])
    #expect(environment.alerts[alarm]?.alert.title == "backup did not arrive within 1d")
    #expect(environment.deliveries.first?.severity == .warning)
    #expect(environment.advance(by: .hours(99)) == [])
  }

  @Test("are not sent if they come in time, and neither is their expiry")
  func comes() throws {
    var environment = try PolicyEnvironment(file)
    for _ in 0..<5 {
      #expect(environment.take(.fired("backup", from: .command)) == [])
      #expect(environment.advance(by: .hours(23)) == [])
    }
    #expect(environment.alerts[AlertKey(source: .command, id: "backup")]?.standing == .dropped)
  }

  @Test("resolve the alarm if they come late")
  func late() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("backup", from: .command))
    #expect(environment.advance(by: .hours(24)) == ["pager: alert expect/backup"])
    #expect(environment.take(.fired("backup", from: .command)) == [])
    #expect(environment.advance(by: .zero) == ["pager: resolved expect/backup"])
    #expect(environment.advance(by: .hours(24)) == ["pager: alert expect/backup"])
  }

  @Test("need not come again while a polled source keeps them active")
  func held() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("backup", from: "prometheus"))
    #expect(environment.advance(by: .hours(99)) == [])
    environment.take(.ended("backup", from: "prometheus"))
    #expect(environment.advance(by: .hours(23)) == [])
    #expect(environment.advance(by: .hours(1)) == ["pager: alert expect/backup"])
  }

  @Test("resolve their alarm if they are removed from the file")
  func expectationRemoved() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"to": "pager", "resolved": true, "repeat": "1h"}], "cooldown": 0,
       "expect": {"id": "backup", "every": "24h"}}
      """
    )
    environment.advance(by: .hours(24))
    try environment.edit(#"{"routes": [{"to": "pager", "resolved": true, "repeat": "1h"}], "cooldown": 0}"#)
    #expect(environment.deliveries.map(\.text) == ["pager: resolved expect/backup"])
    #expect(environment.advance(by: .hours(3)) == [])
  }

  @Test("resolve their alarm if they are no longer expected")
  func removed() throws {
    var environment = try PolicyEnvironment(file)
    environment.advance(by: .hours(24))
    environment.take(.fired("backup", from: .command))
    try environment.edit(#"{"routes": [{"to": "pager", "resolved": true}], "cooldown": 0}"#)
    #expect(environment.deliveries.map(\.text) == ["pager: resolved expect/backup"])
    #expect(environment.advance(by: .hours(99)) == [])
  }
}
