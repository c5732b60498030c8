// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySources
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Synchronization
import Testing

@Suite("A probe")
struct ProbeSourceTests {
  private let now = Instant(seconds: 1_800_000_000)

  private func settings(_ text: String) throws -> ProbeSource.Settings { try ProbeSource.settings("{\(text)}") }

  private static let web = #""http": "https://web.example.com/health""#

  /// The judgements for consecutive results: `w`ell, `d`egraded, `u`nhealthy, or `?`.
  private func judge(_ findings: [ProbeResult.Finding], _ text: String, from start: ProbeStreak = ProbeStreak()) throws
    -> String
  {
    let settings = try settings(text)
    var streak = start
    return findings.map { finding in
      switch streak.take(finding, settings, at: now) {
      case .well: "w"
      case .degraded: "d"
      case .unhealthy: "u"
      case .undecided: "?"
      }
    }.joined()
  }

  /// The streak after a healthy result.
  private func well() throws -> ProbeStreak {
    var streak = ProbeStreak()
    _ = streak.take(.well, try settings(Self.web), at: now)
    return streak
  }

  @Test("reports a service as unhealthy or degraded after several results in a row, and as healthy after one")
  func counts() throws {
    #expect(try judge([.unhealthy, .unhealthy, .unhealthy, .well, .unhealthy], Self.web, from: well()) == "wuuww")
    #expect(try judge([.degraded, .degraded, .degraded, .degraded, .well], Self.web, from: well()) == "wwddw")
    #expect(try judge([.unhealthy, .well, .unhealthy, .well], Self.web, from: well()) == "wwww")
    let once = Self.web + #", "degraded": {"after": 1}, "unhealthy": {"after": 3}"#
    #expect(try judge([.unhealthy, .unhealthy, .unhealthy, .degraded, .well], once, from: well()) == "ddudw")
  }

  @Test("decides nothing after a start until it can, so that an active alert neither ends nor gets less severe")
  func start() throws {
    #expect(try judge([.unhealthy, .unhealthy, .well], Self.web) == "?uw")
    #expect(try judge([.degraded, .degraded, .degraded], Self.web) == "??d")
    let once = Self.web + #", "degraded": {"after": 1}, "unhealthy": {"after": 3}"#
    #expect(try judge([.unhealthy, .unhealthy, .unhealthy], once) == "??u")
    #expect(try judge([.degraded], once) == "d")
  }

  @Test(
    "judges by latency and days left",
    arguments: [
      (100, 30, .well, ""), (501, 30, .degraded, "it took longer than 500ms to respond"),
      (2001, 30, .unhealthy, "it took longer than 2s to respond"), (500, 21, .well, ""),
      (1, 20, .degraded, "its certificate expires in 20 days"), (1, 1, .unhealthy, "its certificate expires in 1 day"),
      (2001, 20, .unhealthy, "it took longer than 2s to respond"),
    ] as [(Int, Int, ProbeResult.Finding, String)]
  )
  func finds(milliseconds: Int, days: Int, finding: ProbeResult.Finding, reason: String) throws {
    let text = #""tls": "a:443", "degraded": {"latency": "500ms"}, "unhealthy": {"latency": "2s"}"#
    let found = ProbeResult.answered(after: .milliseconds(milliseconds), daysLeft: days).finding(try settings(text))
    #expect(found.finding == finding && found.reason == reason)
  }

  @Test(
    "accepts an HTTP answer as healthy by its status and content",
    arguments: [
      ("", 200, "", nil), ("", 204, "", nil), ("", 301, "", "it responded with HTTP 301"),
      ("", 500, "", "it responded with HTTP 500"),
      (#", "status": [200, 401]"#, 401, "", nil), (#", "status": 401"#, 200, "", "it responded with HTTP 200"),
      (#", "contains": "\"ok\"""#, 200, #"{"status":"ok"}"#, nil),
      (#", "contains": "\"ok\"""#, 200, #"{"status":"no"}"#, "its response does not contain the expected text"),
      (#", "contains": "\"ok\"""#, 200, "", "its response does not contain the expected text"),
    ] as [(String, Int, String, String?)]
  )
  func answers(more: String, status: Int, body: String, fault: String?) throws {
    let reply = Reply.http(HTTPReply(status: status, body: Array(body.utf8)))
    let result = try HTTPProbe(try settings(Self.web + more)).result(of: reply, after: .zero)
    #expect(result == fault.map { .failed($0) } ?? .answered(after: .zero, daysLeft: nil))
  }

  /// Connections that end as scripted, and the duration that the stopwatch then shows.
  private struct Connections: Connecting {
    let reply: ConnectReply
    func connect(to target: ConnectTarget) async -> ConnectReply { reply }
  }

  private func source(
    _ text: String,
    _ transport: any Transport = ScriptedTransport(),
    connection: ConnectReply = .connected(certificateEnd: nil),
    taking duration: Duration = .zero
  ) throws -> PolledSource<ProbeSource> {
    let readings = Mutex(Duration.zero)
    let source = ProbeSource(name: "it", settings: try settings(text), connector: Connections(reply: connection)) {
      readings.withLock { reading in
        defer { reading += duration }
        return reading
      }
    }
    return PolledSource(source: source, transport: transport)
  }

  /// The observations of so many probes, a minute apart.
  private func observations(of source: PolledSource<ProbeSource>, _ probes: Int) async -> [Observation] {
    var source = source
    var observations: [Observation] = []
    for probe in 0..<probes { observations.append(await source.poll(at: now + .seconds(60 * probe))) }
    return observations
  }

  /// The alert after so many probes; nil for none.
  private func alarm(of source: PolledSource<ProbeSource>, after probes: Int) async -> Alert? {
    await observations(of: source, probes).last?.alerts?.first
  }

  @Test("raises one alert, with the finding and its start")
  func raises() async throws {
    let failing = ScriptedTransport { _ in .http(HTTPReply(status: 503)) }
    let alert = try #require(await alarm(of: try source(Self.web, failing), after: 3))
    #expect(alert.key == AlertKey(source: "it", id: "probe") && alert.severity == .critical)
    #expect(alert.title == "it is unhealthy" && alert.category == "service_unhealthy")
    #expect(alert.detail == "https://web.example.com/health: it responded with HTTP 503.")
    #expect(alert.firstSeen == "2027-01-15T08:00:00Z" && alert.labels["state"] == "unhealthy")
    guard case .http(let exchange) = failing.carried.first else { throw Unexpected() }
    #expect(exchange.method == "GET" && exchange.limits.total == .seconds(10) && exchange.fields.isEmpty)
  }

  @Test("accepts a long page as healthy, over the real transport")
  func longPage() async throws {
    let server = try LoopbackHTTPServer { _ in .reply(200, String(repeating: "a", count: 3 << 20)) }
    let transport = SystemTransport()
    var probe = try source(#""http": "\#(server.url)/", "unhealthy": {"after": 1}"#, PatientTransport(transport))
    #expect(await probe.poll(at: now).alerts == [])
    await transport.shutdown()
    server.stop()
  }

  @Test("requests an investigation at every probe that finds the service bad, and at no other")
  func asks() async throws {
    let failing = ScriptedTransport { _ in .http(HTTPReply(status: 503)) }
    let requests = await observations(of: try source(Self.web, failing), 3).map(\.investigations)
    #expect(requests.map(\.count) == [0, 1, 1])
    #expect(requests.map { $0.first?.details["bad_looks"] } == [nil, "2", "3"])
    let last = try #require(requests.last?.first)
    #expect(last.alert.severity == .critical && last.alert.category == "service_unhealthy")
    #expect(last.alert.title == "it is unhealthy")
    #expect(last.alert.detail == "https://web.example.com/health: it responded with HTTP 503.")
    #expect(last.details["state"] == "unhealthy" && last.details["since"] == "2027-01-15T08:00:00Z")
  }

  @Test("measures the service's latency, and the remaining validity of its certificate")
  func measures() async throws {
    let slow = #""tcp": "db:1", "degraded": {"latency": "1s", "after": 1, "severity": "info"}"#
    let late = await alarm(of: try source(slow, taking: .seconds(2)), after: 1)
    #expect(late?.severity == .info && late?.detail == "tcp db:1: it took longer than 1s to respond.")
    #expect(await alarm(of: try source(slow, taking: .seconds(1)), after: 1) == nil)
    let end = ConnectReply.connected(certificateEnd: now + .seconds(86_400 * 10))
    let ending = await alarm(of: try source(#""tls": "a:443""#, connection: end), after: 3)
    #expect(ending?.severity == .warning && ending?.title == "it is degraded")
    #expect(ending?.detail == "tls a:443: its certificate expires in 9 days.")
  }

  @Test("gives the same text at every probe, however long libcurl tried")
  func stable() throws {
    let failure = TransportFailure(.notConnected, "no connection to a port 1: Failed to connect after 12 ms: refused")
    #expect(try ProbeResult(of: failure) == .failed("no connection to a port 1: Failed to connect: refused"))
  }

  @Test("treats a failure of the service as its finding, and a failure to probe as its own")
  func failures() async throws {
    for kind in TransportFailure.Kind.allCases {
      let failure = TransportFailure(kind, "why")
      let source = try source(#""tcp": "db:1""#, connection: .failed(failure))
      let isOurs = [
        .malformed, .cancelled, .file, .notStarted, .pathEscapes, .diskFull, .noToken, .login, .unusableSecret,
        .addressRefused,
      ].contains(
        kind
      )
      #expect(await (alarm(of: source, after: 2) == nil) == isOurs, "\(kind)")
      #expect(await (observations(of: source, 1).first?.failure == "why") == isOurs, "\(kind)")
    }
  }
}
