// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySources
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Testing

@Suite("A Prometheus as a source")
struct PrometheusSourceTests {
  private let now = Instant(seconds: 1_800_000_000)

  private func source(_ transport: ScriptedTransport, _ more: String = "") throws -> PolledSource<PrometheusSource> {
    try PolledSource(#"{"url": "https://prom.example.com/p"\#(more)}"#, transport)
  }

  private func polled(_ transport: ScriptedTransport, _ more: String = "") async throws -> Observation {
    var source = try source(transport, more)
    return await source.poll(at: now)
  }

  private let firing = """
    {"status": "success", "data": {"alerts": [
      {"state": "firing", "activeAt": "2026-11-24T17:00:00Z", "labels": {"alertname": "DiskFull", "severity": "critical"},
       "annotations": {"summary": "The disk is full"}, "value": "1"}]}}
    """

  @Test("reports firing alerts, and nothing new while its answer is the same")
  func reads() async throws {
    let transport = ScriptedTransport.answering(firing)
    var source = try source(transport)
    let observation = await source.poll(at: now)
    #expect(observation.alerts?.map(\.title) == ["The disk is full"])
    #expect(await source.poll(at: now).isUnchanged)
    let exchange = try transport.firstExchange()
    #expect(exchange.method == "GET" && exchange.url == "https://prom.example.com/p/api/v1/alerts")
  }

  @Test("gets a token, or a name and a password")
  func logsIn() async throws {
    let logins = [
      (#", "token": "${P}""#, HTTPField("Authorization", prefix: "Bearer ", secret: Secret("s3cret-word"))),
      (
        #", "username": "ops", "password": "${P}""#,
        HTTPField("Authorization", prefix: "Basic ", secret: Secret("b3BzOnMzY3JldC13b3Jk"))
      ),
    ]
    for (login, field) in logins {
      let transport = ScriptedTransport.answering(firing)
      _ = try await polled(transport, login)
      let exchange = try transport.firstExchange()
      #expect(exchange.fields.last == field)
    }
  }

  @Test(
    "is unreadable if it answers with an error, or without a list",
    arguments: [
      ("{}", 500, "answered HTTP 500"), ("<html>sorry</html>", 200, "/api/v1/alerts:1:"),
      (#"{"status": "error", "error": "no"}"#, 200, "/api/v1/alerts:1:"), ("", 200, "alerts:1:"),
    ]
  )
  func fails(body: String, status: Int, reason: String) async throws {
    let observation = try await polled(.answering(body, status))
    #expect(try #require(observation.failure).contains(reason))
  }
}
