// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Testing
import Tracing

/// A kind that connects to an address in `channels.json`.
enum ConnectingKind: String, CaseIterable, Sendable {
  case http, prometheus, alertmanager, probeHTTP, probeTCP, probeTLS, investigator, pulse, tracing

  /// A `channels.json` in which it connects to this port of this machine.
  func file(_ port: Int, host: String = "127.0.0.1", _ lists: String) -> String {
    let url = "http://\(host):\(port)"
    let part =
      switch self {
      case .http, .prometheus, .alertmanager: #""sources": {"it": {"kind": "\#(rawValue)", "url": "\#(url)"\#(lists)}}"#
      case .probeHTTP: #""sources": {"it": {"kind": "probe", "http": "\#(url)"\#(lists)}}"#
      case .probeTCP: #""sources": {"it": {"kind": "probe", "tcp": "\#(host):\#(port)"\#(lists)}}"#
      case .probeTLS: #""sources": {"it": {"kind": "probe", "tls": "\#(host):\#(port)"\#(lists)}}"#
      case .investigator: #""wake": {"to": "log", "investigator": {"kind": "http", "url": "\#(url)"\#(lists)}}"#
      case .pulse: #""pulse": {"url": "\#(url)"\#(lists)}"#
      case .tracing: #""tracing": {"endpoint": "\#(url)"\#(lists)}"#
      }
    return #"{"channels": {"log": {"kind": "file", "path": "x"}}, "routes": [{"to": "log"}], \#(part)}"#
  }
}

@Suite("A connection to an address in channels.json", .endsIfItHangs)
struct AddressListTests {
  @Test("reaches this machine without lists, and with lists that permit it", arguments: ConnectingKind.allCases)
  func permitted(kind: ConnectingKind) async throws {
    let all = ["", #", "allow_addresses": ["127.0.0.0/8", "::1"]"#, #", "deny_addresses": "10.0.0.0/8""#]
    for lists in all + [#", "allow_addresses": "localhost", "deny_addresses": "10.0.0.0/8""#] {
      let server = try LoopbackHTTPServer { _ in .reply(200, "[]") }
      let said = try await use(kind, server.port, lists)
      #expect(!said.contains("_addresses"), "\(lists)")
      // A connection that is only opened may be closed before the server accepts it.
      if kind != .probeTCP && kind != .probeTLS { #expect(server.requests.count == 1, "\(lists)") }
      server.stop()
    }
  }

  @Test(
    "is refused if the lists do not permit the resolved address",
    arguments: ConnectingKind.allCases,
    [
      (#", "allow_addresses": "10.0.0.0/8""#, "allow_addresses"),
      (#", "deny_addresses": ["127.0.0.0/8", "::1"]"#, "deny_addresses"),
      (#", "allow_addresses": "localhost.localdomain""#, "allow_addresses"),
      (#", "allow_addresses": "0.0.0.0/0", "deny_addresses": ["127.0.0.1", "::1"]"#, "deny_addresses"),
      (#", "deny_addresses": ["::ffff:127.0.0.1", "::1"]"#, "deny_addresses"),
    ]
  )
  func refused(kind: ConnectingKind, _ lists: (text: String, key: String)) async throws {
    let server = try LoopbackHTTPServer { _ in .reply(200, "[]") }
    // libcurl reads this as 127.0.0.1; for the check it is a name.
    let said = try await use(kind, server.port, host: "2130706433", lists.text)
    #expect(said.contains(lists.key))
    #expect(server.accepted == 0)
    server.stop()
  }

  @Test(
    "is an error if its lists contradict each other or its host, or are unreadable",
    arguments: ConnectingKind.allCases,
    [
      (#", "allow_addresses": "10.0.0.0/8""#, "`allow_addresses` does not contain this host"),
      (#", "deny_addresses": "127.0.0.0/8""#, "`deny_addresses` contains this host"),
      (#", "allow_addresses": ["127.0.0.1", "10.1.0.0/16"], "deny_addresses": "10.0.0.0/8""#, "is blocked"),
      (#", "allow_addresses": ["127.0.0.1", "x.example"], "deny_addresses": "X.example.""#, "is blocked"),
      (#", "deny_addresses": "::ffff:127.0.0.0/104""#, "`deny_addresses` contains this host"),
      (#", "allow_addresses": ["127.0.0.1", "10.0.0.1"], "deny_addresses": "::ffff:10.0.0.1""#, "is blocked"),
      (#", "allow_addresses": []"#, "the list is empty"),
      (#", "allow_addresses": "10.0.0.0/33""#, "is not a host, address or network"),
      (#", "deny_addresses": "10.0.0.256""#, "is not a host, address or network"),
    ]
  )
  func check(kind: ConnectingKind, _ lists: (text: String, finding: String)) {
    do {
      _ = try Configuration.parse(kind.file(9_090, lists.text))
      Issue.record("nothing was found")
    } catch {
      #expect("\(error)".contains(lists.finding))
    }
  }

  /// Lets it connect over the network, and returns what it reports.
  private func use(_ kind: ConnectingKind, _ port: Int, host: String = "localhost", _ lists: String) async throws
    -> String
  {
    let configuration = try Configuration.parse(kind.file(port, host: host, lists))
    let transport = SystemTransport(userAgent: "belfry/test")
    let said = try await configuration.connected(through: PatientTransport(transport))
    await transport.shutdown()
    return said
  }

}

extension Configuration {
  /// Lets its only part with an address connect, and returns what that reports.
  func connected(through transport: any Transport) async throws -> String {
    let (time, printed) = (VirtualTime(), RecordedLines())
    let console = Console(time: time) { printed.add($0) }
    if var source = sources.first {
      let context = PollContext(at: Instant(seconds: 1_800_000_000)) { await transport.send($0) }
      return "\(await source.poll(context).outcome)"
    }
    if let settings = wake?.investigator {
      let event = InvestigationEvent(.sample("web", title: "down"))
      return "\(await transport.send(Investigator(settings).question(about: event)))"
    }
    if let settings = pulse {
      let vitals = Vitals(from: time.elapsed())
      return await Pulse(settings: settings, vitals: vitals, transport: transport, time: time, console: console).beat()
        ?? ""
    }
    let queue = SpanQueue()
    SpanTracer(queue).startSpan("push", context: .topLevel).end()
    let exporter = SpanExporter(
      queue,
      settings: try #require(tracing),
      request: SpanRequest(version: "1.0", deployment: "prd"),
      transport: transport,
      time: time,
      console: console,
      instruments: Instruments(MetricsRegistry())
    )
    await exporter.close()
    return "\(printed.all)"
  }
}
