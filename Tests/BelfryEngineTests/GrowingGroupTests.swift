// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Testing

@Suite("A growing group")
struct GrowingGroupTests {
  private static let json = """
    {"channels": {"oncall": {"kind": "slack-dm", "token": "${TOKEN}", "user": "U1", "rate": "unlimited"}},
     "routes": [{"to": "oncall", "resolved": true, "group": {"by": ["category"], "wait": "0s", "every": "10s"}}]}
    """

  private func tell(_ events: [Event], _ rig: TestEnvironment) async throws {
    _ = try await rig.ledger.ingest(events, policy: rig.policy, lease: nil)
    for _ in 0..<3 {
      try await rig.notifier.fireTimers()
      try await rig.dispatcher.drain()
      rig.time.advance(by: .seconds(11))
    }
  }

  private func last(_ rig: TestEnvironment) throws -> String {
    guard case .http(let http) = try #require(rig.sent.last { isEdit($0) }) else { return "" }
    return String(decoding: http.body, as: UTF8.self)
  }

  private func isEdit(_ outgoing: Outgoing) -> Bool {
    if case .http(let http) = outgoing { http.url.hasSuffix("/chat.update") } else { false }
  }

  @Test("includes in its one message what earlier ones contained, without alerts that have ended since")
  func whole() async throws {
    let rig = try TestEnvironment(GrowingGroupTests.json) { _ in DispatcherTests.delivered }
    try await tell([.fired(alert("a", title: "Alpha")), .fired(alert("b", title: "Beta"))], rig)
    try await tell([.fired(alert("c", title: "Gamma"))], rig)
    #expect(try last(rig).contains("Alpha") && last(rig).contains("Beta") && last(rig).contains("Gamma"))
    try await tell([.resolved(alert("a").key)], rig)
    try await tell([.fired(alert("d", title: "Delta"))], rig)
    let text = try last(rig)
    #expect(!text.contains("Alpha"))
    #expect(text.contains("Beta") && text.contains("Gamma") && text.contains("Delta"))
  }
}
