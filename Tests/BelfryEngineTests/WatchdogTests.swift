// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Testing

@Suite("A source that stops responding")
struct SourceSilenceTests {
  private let key = AlertKey(source: .belfry, id: "source/app")
  private let start = Instant(seconds: 1_800_000_000)

  private func judge(_ silence: inout SourceSilence, after age: Duration, trouble: String? = "no route") -> Event? {
    silence.judge(since: start, trouble: trouble, active: 3, every: .seconds(60), at: start + age)
  }

  @Test("raises an alert after three times its interval, once, which ends when it responds")
  func raises() throws {
    var silence = SourceSilence("app", limit: nil, isRaised: false)
    #expect(judge(&silence, after: .seconds(180)) == nil)
    let event = try #require(judge(&silence, after: .seconds(181)))
    #expect(event.key == key)
    #expect(event.alert?.severity == .critical)
    #expect(event.alert?.title == "No new data from source app for 3m1s")
    #expect(event.alert?.detail.contains("It cannot be read: no route. Its 3 alerts stay active.") == true)
    #expect(judge(&silence, after: .seconds(999)) == nil)
    #expect(silence.judge(since: start, trouble: nil, active: 3, every: .seconds(60), at: start) == .resolved(key))
  }

  @Test(
    "says how many alerts stay active",
    arguments: [
      (0, "It had no active alerts."), (1, "Its 1 alert stays active."), (2, "Its 2 alerts stay active."),
    ]
  )
  func held(_ active: Int, _ sentence: String) throws {
    var silence = SourceSilence("app", limit: nil, isRaised: false)
    let late = start + .seconds(181)
    let event = silence.judge(since: start, trouble: "no route", active: active, every: .seconds(60), at: late)
    #expect(event?.alert?.detail.contains(sentence) == true)
  }

  @Test("has the time that the operator configures")
  func limit() {
    var silence = SourceSilence("app", limit: .seconds(10), isRaised: false)
    #expect(judge(&silence, after: .seconds(10)) == nil)
    #expect(judge(&silence, after: .seconds(11)) != nil)
  }

  @Test("is not reported again after a restart, and the alert ends when it responds")
  func restart() {
    var silence = SourceSilence("app", limit: nil, isRaised: true)
    #expect(judge(&silence, after: .seconds(999)) == nil)
    #expect(judge(&silence, after: .zero) == .resolved(key))
  }

  @Test("is reported through the routes like any alert, and its own alerts stay unchanged")
  func throughTheNotifier() async throws {
    let environment = try TestEnvironment(
      """
      {"channels": {"log": {"kind": "file", "path": "log.txt", "format": "text"}},
       "routes": [{"to": "log", "resolved": true}], "cooldown": 0, "interval": "60s",
       "sources": {"app": {"kind": "file", "path": "alerts.json", "stale": "2m"}}}
      """
    ) { _ in .appended }
    let source = ScriptedSource("app")
    var watches = try await environment.watches([source])
    var sent: [Int] = []
    for isThere in [true, false, false, false, true] {
      if isThere { source.say([alert("a")]) } else { source.fail("no route") }
      _ = try await environment.notifier.cycle(&watches)
      try await environment.dispatcher.drain()
      sent.append(environment.sent.count)
      environment.time.advance(by: .seconds(60))
    }
    #expect(sent == [1, 1, 1, 2, 3])
    #expect(try await environment.ledger.record(of: AlertKey(source: "app", id: "a"))?.isActive == true)
    #expect(try await environment.ledger.record(of: key)?.isActive == false)
  }
}

@Suite("The pulse")
struct PulseTests {
  private func pulse(_ vitals: Vitals, _ time: VirtualTime, _ transport: ScriptedTransport) throws -> Pulse {
    let configuration = try Configuration.parse(
      """
      {"channels": {"log": {"kind": "file", "path": "x"}}, "routes": [{"to": "log"}],
       "pulse": {"url": "https://watch.example.com/ping/1", "every": "30s"}}
      """
    )
    return Pulse(
      settings: try #require(configuration.pulse),
      vitals: vitals,
      transport: transport,
      time: time,
      console: Console(time: time) { _ in }
    )
  }

  @Test("is a GET of its address while all parts work")
  func beats() async throws {
    let time = VirtualTime()
    let transport = ScriptedTransport { _ in .http(HTTPReply(status: 200)) }
    let pulse = try pulse(Vitals(from: time.elapsed()), time, transport)
    #expect(await pulse.beat() == nil)
    guard case .http(let exchange) = transport.carried.first else { throw Unexpected() }
    #expect(exchange.method == "GET")
    #expect(exchange.url == "https://watch.example.com/ping/1")
  }

  @Test("stops when a part does nothing for long", arguments: Vitals.Part.allCases)
  func stops(part: Vitals.Part) async throws {
    let time = VirtualTime()
    let transport = ScriptedTransport { _ in .http(HTTPReply(status: 200)) }
    let vitals = Vitals(from: time.elapsed())
    let pulse = try pulse(vitals, time, transport)
    time.advance(by: .seconds(91))
    for other in Vitals.Part.allCases where other != part { vitals.beat(other, at: time.elapsed()) }
    #expect(await pulse.beat() == "the \(part.rawValue) made no progress for 1m30s, so no pulse is sent")
    #expect(transport.carried.isEmpty)
    vitals.beat(part, at: time.elapsed())
    #expect(await pulse.beat() == nil)
  }

  @Test("reports that it is not received", arguments: [204, 301, 404, 500])
  func unheard(status: Int) async throws {
    let time = VirtualTime()
    let transport = ScriptedTransport { _ in .http(HTTPReply(status: status)) }
    let answer = try await pulse(Vitals(from: time.elapsed()), time, transport).beat()
    #expect(answer == (status == 204 ? nil : "watch.example.com answered HTTP \(status)"))
  }
}
