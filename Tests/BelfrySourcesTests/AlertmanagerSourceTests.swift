// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySources
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Testing

@Suite("An Alertmanager as a source")
struct AlertmanagerSourceTests {
  private let now = Instant(seconds: 1_800_000_000)

  private func source(_ transport: ScriptedTransport, _ more: String = "") throws -> PolledSource<AlertmanagerSource> {
    try PolledSource(#"{"url": "https://am.example.com/am"\#(more)}"#, transport)
  }

  private func polled(_ transport: ScriptedTransport, _ more: String = "") async throws -> Observation {
    var source = try source(transport, more)
    return await source.poll(at: now)
  }

  private let firing = """
    [{"fingerprint": "c1", "startsAt": "2026-11-24T17:00:00Z", "endsAt": "2026-11-24T17:05:00Z",
      "labels": {"alertname": "DiskFull", "severity": "critical"}, "annotations": {"summary": "The disk is full"},
      "status": {"state": "active", "silencedBy": [], "inhibitedBy": []}}]
    """

  @Test("reports its alerts, even those that have ended by our clock")
  func reads() async throws {
    var source = try source(.answering(firing))
    let observation = await source.poll(at: now)
    let alert = try #require(observation.alerts?.first)
    #expect(alert.id == "c1" && alert.source == "it" && alert.severity == .critical)
    #expect(alert.title == "The disk is full" && alert.category == "DiskFull")
    #expect(await source.poll(at: now).isUnchanged)
  }

  @Test("without alerts reports that all have ended")
  func none() async throws {
    #expect(try await polled(.answering("[]")).alerts == [])
  }

  @Test(
    "is asked to leave out silenced and inhibited alerts, unless they are wanted",
    arguments: [
      ("", "silenced=false&inhibited=false"), (#", "silenced": true"#, "silenced=true&inhibited=false"),
      (#", "inhibited": true"#, "silenced=false&inhibited=true"),
    ]
  )
  func filters(settings: String, query: String) async throws {
    let transport = ScriptedTransport.answering("[]")
    _ = try await polled(transport, settings)
    let request = try transport.firstExchange()
    #expect(request.method == "GET")
    #expect(request.url == "https://am.example.com/am/api/v2/alerts?active=true&\(query)")
    #expect(request.fields == [HTTPField("Accept", "application/json")])
  }

  @Test("gets a token, or a name and a password, and neither is shown")
  func logsIn() async throws {
    let transport = ScriptedTransport.answering("[]")
    _ = try await polled(transport, #", "token": "${P}""#)
    #expect(
      try transport.firstExchange().fields.last
        == HTTPField("Authorization", prefix: "Bearer ", secret: Secret("s3cret-word"))
    )
    let basic = ScriptedTransport.answering("[]")
    let login = #", "username": "ops", "password": "${P}""#
    _ = try await polled(basic, login)
    let field = try #require(try basic.firstExchange().fields.last)
    #expect(field == HTTPField("Authorization", prefix: "Basic ", secret: Secret("b3BzOnMzY3JldC13b3Jk")))
    #expect("\(field)".contains("b3Bz") == false)
  }

  @Test(
    "is unreadable if it answers with an error, or without a list",
    arguments: [
      ("[]", 500, "answered HTTP 500"), ("[]", 401, "answered HTTP 401"), ("[]", 302, "answered HTTP 302"),
      ("<html>sorry</html>", 200, "/api/v2/alerts:1:"), ("{}", 200, "there is no list of alerts"),
      ("", 200, "alerts:1:"),
    ]
  )
  func fails(body: String, status: Int, reason: String) async throws {
    let observation = try await polled(.answering(body, status))
    #expect(try #require(observation.failure).contains(reason))
  }
}
