// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryPolicy
import BelfryTesting
import BelfryTransport
import Testing

@Suite("An Alertmanager as a source")
struct AlertmanagerSourceTests {
  private let now = Instant(seconds: 1_800_000_000)

  private func source(
    _ carrier: any Carrying,
    _ more: String = "",
    environment: [String: String] = [:]
  ) throws -> AlertmanagerSource {
    let text = #"{"kind": "alertmanager", "url": "https://am.example.com/am"\#(more)}"#
    guard case .alertmanager(let settings) = try sourceSettings(text, environment: environment).kind else {
      throw Unexpected()
    }
    return AlertmanagerSource(name: "it", settings: settings, carrier: carrier)
  }

  private struct Unexpected: Error {}

  private func answering(_ body: String, _ status: Int = 200) -> ScriptedTransport {
    ScriptedTransport { _ in .http(HTTPReply(status: status, body: Array(body.utf8))) }
  }

  private func request(_ transport: ScriptedTransport) throws -> HTTPExchange {
    guard case .http(let exchange) = try #require(transport.carried.first) else { throw Unexpected() }
    return exchange
  }

  private let firing = """
    [{"fingerprint": "c1", "startsAt": "2026-11-24T17:00:00Z", "endsAt": "2026-11-24T17:05:00Z",
      "labels": {"alertname": "DiskFull", "severity": "critical"}, "annotations": {"summary": "The disk is full"},
      "status": {"state": "active", "silencedBy": [], "inhibitedBy": []}}]
    """

  @Test("reports its alerts, even those that have ended by our clock")
  func reads() async throws {
    let source = try source(answering(firing))
    let observation = await source.observe(since: nil, at: now)
    let alert = try #require(observation.alerts?.first)
    #expect(alert.id == "c1" && alert.source == "it" && alert.severity == .critical)
    #expect(alert.title == "The disk is full" && alert.category == "DiskFull")
    #expect(await source.observe(since: observation.memory, at: now).isUnchanged)
  }

  @Test("without alerts reports that all have ended")
  func none() async throws {
    #expect(try await source(answering("[]")).observe(since: nil, at: now).alerts == [])
  }

  @Test(
    "is asked to leave out silenced and inhibited alerts, unless they are wanted",
    arguments: [
      ("", "silenced=false&inhibited=false"), (#", "silenced": true"#, "silenced=true&inhibited=false"),
      (#", "inhibited": true"#, "silenced=false&inhibited=true"),
    ]
  )
  func filters(settings: String, query: String) async throws {
    let transport = answering("[]")
    _ = try await source(transport, settings).observe(since: nil, at: now)
    let request = try request(transport)
    #expect(request.method == "GET")
    #expect(request.url == "https://am.example.com/am/api/v2/alerts?active=true&\(query)")
    #expect(request.fields == [HTTPField("Accept", "application/json")])
  }

  @Test("gets a token, or a name and a password, and neither is shown")
  func logsIn() async throws {
    let environment = ["AM": "s3cret-word"]
    let transport = answering("[]")
    _ = try await source(transport, #", "token": "${AM}""#, environment: environment).observe(since: nil, at: now)
    #expect(
      try request(transport).fields.last == HTTPField("Authorization", prefix: "Bearer ", secret: Secret("s3cret-word"))
    )
    let basic = answering("[]")
    let login = #", "username": "ops", "password": "${AM}""#
    _ = try await source(basic, login, environment: environment).observe(since: nil, at: now)
    let field = try #require(try request(basic).fields.last)
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
    let observation = try await source(answering(body, status)).observe(since: .content(1), at: now)
    #expect(try #require(observation.failure).contains(reason))
  }

  @Test("keeps its alerts while it is unreachable, which raises an alert after a while")
  func silence() async throws {
    let source = try source(ScriptedTransport { _ in .failed(TransportFailure(.notConnected, "no connection")) })
    var watch = SourceWatch(source, every: .seconds(60), active: ActiveSet(source: "it", hashes: ["c1": 1]), from: now)
    var events: [Event] = []
    for minute in 1...4 {
      let moment = now + .seconds(60 * minute)
      events += watch.take(await watch.look(at: moment), at: moment).events
    }
    #expect(events.map(\.key) == [AlertKey(source: .belfry, id: "source/it")])
    #expect(events.first?.alert?.detail.contains("no connection. Its 1 alert stays active.") != nil)
    #expect(watch.active.count == 1)
  }
}
