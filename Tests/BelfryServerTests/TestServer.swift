// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryOperations
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport

@testable import BelfryServer

/// A `TestEnvironment` with a server on a free port.
///
/// What the environment has is used as the server's own: `server.ledger`, `server.time`.
@dynamicMemberLookup
struct TestServer: Sendable {
  let environment: TestEnvironment
  let vitals: Vitals
  let context: ServerContext
  let port: Int

  subscript<Value>(dynamicMember member: KeyPath<TestEnvironment, Value>) -> Value {
    environment[keyPath: member]
  }

  /// Runs `body` beside a server with these settings; see `channels`.
  ///
  /// The server's two limits in real time are by default ones that only a hang reaches, however busy the machine is.
  static func run(
    _ server: String = #"{"listen": "127.0.0.1:0"}"#,
    ledger make: (VirtualTime) async throws -> (any Ledger)? = { _ in nil },
    toolbox: (any MCPToolbox)? = nil,
    more: String = "",
    spans: SpanQueue? = nil,
    answerLimit: Duration = .seconds(3600),
    _ body: (TestServer) async throws -> Void
  ) async throws {
    let time = VirtualTime(startingAt: TestEnvironment.start)
    let environment = try TestEnvironment(
      channels(server, more: more),
      time: time,
      ledger: try await make(time),
      tracer: spans.map { SpanTracer($0) }
    )
    environment.instruments.prepare(for: environment.configuration)
    environment.instruments.reloaded(isGood: true, version: 1, at: environment.now)
    let vitals = Vitals(from: time.elapsed())
    let context = environment.serverContext(vitals, toolbox)
    guard let settings = environment.configuration.server else { throw Unexpected("no server in the file") }
    let (ports, listening) = AsyncStream<Int>.makeStream()
    let api = APIServer(settings, context, answerLimit: answerLimit, idleLimit: .seconds(3600)) { listening.yield($0) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        do { try await api.run() } catch is CancellationError {}
        listening.finish()
      }
      var iterator = ports.makeAsyncIterator()
      // It did not start: the task throws why.
      guard let port = await iterator.next() else { return try await group.waitForAll() }
      try await body(TestServer(environment: environment, vitals: vitals, context: context, port: port))
      group.cancelAll()
      try await group.waitForAll()
    }
  }

  /// A `channels.json` with two files as channels and these settings of the server.
  static func channels(_ server: String, more: String = "") -> String {
    """
    {"channels": {"journal": {"kind": "file", "path": "out.jsonl"}, "page": {"kind": "file", "path": "page.jsonl"}},
     "routes": [{"match": {"severity": "critical"}, "to": "page", "resolved": true}, {"to": "journal"}],
     "cooldown": "0s", "sources": {"app": {"kind": "file", "path": "alerts.json"}}, "server": \(server)\(more)}
    """
  }

  /// Sends a request like a client on this machine.
  func send(
    _ method: String,
    _ path: String,
    _ body: String = "",
    headers: [String: String] = [:]
  ) async throws -> RawAnswer {
    var lines = ["\(method) \(path) HTTP/1.1"]
    let all = ["Host": "127.0.0.1:\(port)", "Content-Length": "\(body.utf8.count)", "Connection": "close"]
    lines += all.merging(headers) { $1 }.map { "\($0): \($1)" }
    return try await RawClient(port: port).exchange(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
  }

  /// Delivers everything decided so far.
  ///
  /// - Returns: the number of requests sent for channels since the start.
  func delivered() async throws -> Int {
    try await self.dispatcher.drain()
    return self.sent.count
  }

  func active() async throws -> [AlertRecord] {
    try await self.ledger.records(after: nil, activeOnly: true, limit: 1000)
  }
}

extension TestEnvironment {
  fileprivate func serverContext(_ vitals: Vitals, _ toolbox: (any MCPToolbox)?) -> ServerContext {
    let wakeup = Wakeup()
    let operations = Operations(
      ledger: ledger,
      engine: NotifierEngine(notifier: notifier, wakeup: wakeup, changes: changes),
      transport: transport,
      audit: audit,
      time: time,
      console: console
    ) { [configuration] in configuration }
    return ServerContext(
      configuration: CurrentValue(configuration),
      ledger: ledger,
      notifier: notifier,
      vitals: vitals,
      changes: changes,
      audit: audit,
      time: time,
      console: console,
      version: "1.0",
      registry: registry,
      linkKey: TestEnvironment.linkKey,
      instruments: instruments,
      operations: operations,
      toolbox: toolbox
    )
  }
}
