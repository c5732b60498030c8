// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryFile
import BelfryLedger
import BelfryOperations
import BelfryPolicy
import BelfrySources
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Synchronization
@testable import BelfryServer

/// A server on a free port, with a notifier on a virtual clock and an in-memory ledger.
struct ServerBench: Sendable {
  let time: VirtualTime
  let ledger: any Ledger
  let rows: KeptRows
  let audit: AuditLog
  let transport: ScriptedTransport
  let dispatcher: Dispatcher
  let notifier: Notifier
  let vitals: Vitals
  let port: Int
  let parts: ServerParts
  /// The log lines.
  let log: LoggedLines

  /// A fixed key.
  static let linkKey = LinkKey(stored: String(repeating: "5a", count: 32))

  /// Runs `body` beside a server with these settings; see `channels`.
  static func run(
    _ server: String = #"{"listen": "127.0.0.1:0"}"#,
    ledger make: (VirtualTime) async throws -> any Ledger = { time in MemoryLedger(now: { time.now() }) },
    toolbox: (any MCPToolbox)? = nil,
    more: String = "",
    spans: SpanQueue? = nil,
    answerLimit: Duration = .seconds(60),
    _ body: (ServerBench) async throws -> Void
  ) async throws {
    let configuration = try read(channels(server, more: more))
    let time = VirtualTime()
    let ledger = try await make(time)
    let log = LoggedLines()
    let console = Console(time: time) { log.add($0) }
    let rows = KeptRows()
    let audit = AuditLog(rows: rows, time: time, console: console)
    let transport = ScriptedTransport { ScriptedTransport.accept($0) }
    let vitals = Vitals(from: time.elapsed())
    let registry = MetricsRegistry()
    let instruments = Instruments(registry, tracer: spans.map { SpanTracer($0) })
    instruments.prepare(for: configuration)
    instruments.reloaded(isGood: true, version: 1, at: time.now())
    let changes = ChangeFeed()
    let dispatcher = Dispatcher(
      ledger: ledger,
      carrier: transport,
      configuration: configuration,
      time: time,
      reporter: DeliveryReporter(
        console: console,
        audit: audit,
        time: time,
        instruments: instruments,
        changes: changes
      ),
      linkKey: linkKey,
      random: { 0.5 }
    )
    let policy = Policy(rules: configuration.rules)
    let notifier = Notifier(
      ledger: ledger,
      policy: policy,
      dispatcher: dispatcher,
      time: time,
      console: console,
      instruments: instruments,
      changes: changes
    )
    let bell = Signal()
    let operations = Operations(
      ledger: ledger,
      engine: NotifierEngine(notifier: notifier, bell: bell, changes: changes),
      carrier: transport,
      audit: audit,
      time: time,
      console: console
    ) { configuration }
    let parts = ServerParts(
      configuration: InForce(configuration),
      ledger: ledger,
      notifier: notifier,
      vitals: vitals,
      bell: bell,
      changes: changes,
      audit: audit,
      time: time,
      console: console,
      version: "1.0",
      registry: registry,
      linkKey: linkKey,
      instruments: instruments,
      operations: operations,
      toolbox: toolbox
    )
    guard let settings = configuration.server else { throw Unreadable(findings: ["no server"]) }
    let (ports, listening) = AsyncStream<Int>.makeStream()
    let api = APIServer(settings, parts, answerLimit: answerLimit) { listening.yield($0) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        do { try await api.run() } catch is CancellationError {}
        listening.finish()
      }
      var iterator = ports.makeAsyncIterator()
      guard let port = await iterator.next() else { return try await group.waitForAll() }
      try await body(
        ServerBench(
          time: time,
          ledger: ledger,
          rows: rows,
          audit: audit,
          transport: transport,
          dispatcher: dispatcher,
          notifier: notifier,
          vitals: vitals,
          port: port,
          parts: parts,
          log: log
        )
      )
      group.cancelAll()
      try await group.waitForAll()
    }
  }

  static func channels(_ server: String, more: String = "") -> String {
    """
    {"channels": {"journal": {"kind": "file", "path": "out.jsonl"}, "page": {"kind": "file", "path": "page.jsonl"}},
     "routes": [{"match": {"severity": "critical"}, "to": "page", "resolved": true}, {"to": "journal"}],
     "cooldown": "0s", "sources": {"app": {"kind": "file", "path": "alerts.json"}}, "server": \(server)\(more)}
    """
  }

  static func read(_ json: String) throws -> Configuration {
    let registry = ChannelRegistry([FileChannel.self])
    let environment = ["PUSH": "push-0123456789abcdef", "READ": "read-0123456789abcdef", "ALL": "all-0123456789abcdef"]
    let reader = ConfigurationReader(registry: registry, sources: .builtIn, environment: environment)
    let source = SourceText(name: "channels.json", bytes: Array(json.utf8))
    let (configuration, findings) = reader.read(source, folder: "/nowhere")
    guard let configuration else { throw Unreadable(findings: findings.map(\.text)) }
    return configuration
  }

  struct Unreadable: Error { let findings: [String] }

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

  /// Delivers everything decided so far, as one line per channel.
  func delivered() async throws -> Int {
    try await dispatcher.drain()
    return transport.carried.count
  }

  func active() async throws -> [AlertRecord] { try await ledger.records(after: nil, activeOnly: true, limit: 1000) }
}

/// The lines of a log, unchanged.
final class LoggedLines: Sendable {
  private let lines = Mutex<[String]>([])

  func add(_ line: String) { lines.withLock { $0.append(line) } }

  func containing(_ text: String) -> [String] { lines.withLock { $0.filter { $0.contains(text) } } }
}
