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

  @Test("with a template includes in its one message what earlier ones contained")
  func templated() async throws {
    let template = #""template": {"body": "{% for a in alerts %}<{{ a.title }}>{% endfor %}"}"#
    let json = GrowingGroupTests.json.replacing(#""user": "U1","#, with: #""user": "U1", \#(template),"#)
    let environment = try TestEnvironment(json) { _ in DispatcherTests.delivered }
    try await send([.fired(alert("a", title: "Alpha")), .fired(alert("b", title: "Beta"))], environment)
    try await send([.fired(alert("c", title: "Gamma"))], environment)
    #expect(try last(environment).contains("&lt;Gamma&gt;") && last(environment).contains("&lt;Alpha&gt;"))
  }

  private func send(_ events: [Event], _ environment: TestEnvironment) async throws {
    _ = try await environment.ledger.ingest(events, policy: environment.policy, lease: nil)
    for _ in 0..<3 {
      try await environment.notifier.fireTimers()
      try await environment.dispatcher.drain()
      environment.time.advance(by: .seconds(11))
    }
  }

  private func last(_ environment: TestEnvironment) throws -> String {
    guard case .http(let http) = try #require(environment.sent.last { isEdit($0) }) else { return "" }
    return String(decoding: http.body, as: UTF8.self)
  }

  private func isEdit(_ outgoing: Outgoing) -> Bool {
    if case .http(let http) = outgoing { http.url.hasSuffix("/chat.update") } else { false }
  }

  @Test("includes in its one message what earlier ones contained, without alerts that have ended since")
  func whole() async throws {
    let environment = try TestEnvironment(GrowingGroupTests.json) { _ in DispatcherTests.delivered }
    try await send([.fired(alert("a", title: "Alpha")), .fired(alert("b", title: "Beta"))], environment)
    try await send([.fired(alert("c", title: "Gamma"))], environment)
    #expect(
      try last(environment).contains("Alpha") && last(environment).contains("Beta")
        && last(environment).contains("Gamma")
    )
    try await send([.resolved(alert("a").key)], environment)
    try await send([.fired(alert("d", title: "Delta"))], environment)
    let text = try last(environment)
    #expect(!text.contains("Alpha"))
    #expect(text.contains("Beta") && text.contains("Gamma") && text.contains("Delta"))
  }
}
