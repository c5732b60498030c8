// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryEngine
package import BelfryLedger
package import BelfryOperations
package import BelfryPolicy
package import BelfryTesting
package import BelfryTransport
package import Tracing

/// Belfry without sources and without a server, for a `channels.json`.
///
/// Its clock moves only when the test moves it, its ledger is in memory unless the test gives another, and its transport
/// records every request and answers from a script. `TestServer` adds a server; `TestLedger` and `TestPolicy` are for
/// tests that need only those.
package struct TestEnvironment: Sendable {
  package let time: VirtualTime
  package let configuration: Configuration
  package let policy: Policy
  package let ledger: any Ledger
  package let transport: ScriptedTransport
  /// The operator's log.
  package let printed: RecordedLines
  package let console: Console
  /// The rows of the audit log.
  package let rows = KeptRows()
  package let audit: AuditLog
  package let tally = Tally()
  package let registry = MetricsRegistry()
  package let instruments: Instruments
  package let changes = ChangeBroadcast()
  /// Wakes the cycle.
  package let wakeup = Wakeup()
  package let dispatcher: Dispatcher
  package let notifier: Notifier

  /// The start of every clock: Friday, 2027-01-15T08:00:00Z.
  package static let start = Instant(seconds: 1_800_000_000)

  /// The variables that a `channels.json` may use.
  package static let variables = [
    "TOKEN": "xoxb-test", "PUSH": "push-0123456789abcdef", "READ": "read-0123456789abcdef",
    "ALL": "all-0123456789abcdef",
  ]

  /// The key that signs links in messages.
  package static let linkKey = LinkKey(stored: String(repeating: "5a", count: 32))

  /// Wires everything for a `channels.json`, with a transport that accepts every request.
  package init(
    _ json: String,
    time: VirtualTime = VirtualTime(startingAt: TestEnvironment.start),
    ledger: (any Ledger)? = nil,
    tracer: (any Tracer)? = nil
  ) throws {
    try self.init(json, time: time, ledger: ledger, tracer: tracer) { ScriptedTransport.accept($0) }
  }

  /// Wires everything for a `channels.json`; see the last initializer.
  package init(
    _ json: String,
    time: VirtualTime = VirtualTime(startingAt: TestEnvironment.start),
    ledger: (any Ledger)? = nil,
    environment: [String: String] = TestEnvironment.variables,
    tracer: (any Tracer)? = nil,
    format: LogFormat = .text,
    print: @escaping @Sendable (String) -> Void = { _ in },
    connecting: @escaping @Sendable (Outgoing) async -> TransportFailure? = { _ in nil },
    script: @escaping @Sendable (Outgoing) async -> Reply
  ) throws {
    self.init(
      try Configuration.parse(json, environment: environment),
      time: time,
      ledger: ledger,
      tracer: tracer,
      format: format,
      print: print,
      connecting: connecting,
      script: script
    )
  }

  /// Wires everything for a configuration.
  ///
  /// The transport answers according to `script`, and reaches hosts unless `connecting` says why not. The operator's log also goes to `print`, in this format. Links in
  /// messages are left out if there is no `linkKey`.
  package init(
    _ configuration: Configuration,
    time: VirtualTime = VirtualTime(startingAt: TestEnvironment.start),
    ledger: (any Ledger)? = nil,
    linkKey: LinkKey? = TestEnvironment.linkKey,
    tracer: (any Tracer)? = nil,
    format: LogFormat = .text,
    print: @escaping @Sendable (String) -> Void = { _ in },
    connecting: @escaping @Sendable (Outgoing) async -> TransportFailure? = { _ in nil },
    script: @escaping @Sendable (Outgoing) async -> Reply
  ) {
    self.time = time
    self.configuration = configuration
    policy = Policy(rules: configuration.rules)
    self.ledger =
      ledger ?? MemoryLedger(now: { time.now() }, ids: DeliveryIDSource(generator: CountingGenerator()))
    transport = ScriptedTransport(connecting: connecting, script)
    let printed = RecordedLines()
    self.printed = printed
    console = Console(time: time, format: format) { line in
      printed.add(line)
      print(line)
    }
    audit = AuditLog(rows: rows, time: time, console: console)
    instruments = Instruments(registry, tracer: tracer)
    dispatcher = Dispatcher(
      ledger: self.ledger,
      transport: transport,
      configuration: configuration,
      time: time,
      reporter: DeliveryReporter(
        console: console,
        audit: audit,
        time: time,
        tally: tally,
        instruments: instruments,
        changes: changes
      ),
      linkKey: linkKey,
      wakeup: wakeup,
      random: { 0.5 }
    )
    notifier = Notifier(
      ledger: self.ledger,
      policy: policy,
      dispatcher: dispatcher,
      time: time,
      console: console,
      wakeup: wakeup,
      instruments: instruments,
      changes: changes,
      polling: Polling(transport: transport, audit: audit, path: configuration.audit.path)
    )
  }

  package var now: Instant { time.now() }

  /// Waits until the running dispatcher has nothing left to do at this moment, however busy the machine is, and sleeps.
  package func dispatcherIsWaiting() async {
    await time.whenAsleep(1)
    while dispatcher.isBusy { await Task.yield() }
    await time.whenAsleep(1)
  }

  /// The requests sent for channels and sources.
  package var sent: [Outgoing] { transport.carried }

  /// Creates the timers that the rules always have, as a start does.
  package func adopted() async throws -> TestEnvironment {
    try await ledger.adopt(policy: policy)
    return self
  }
}

// MARK: - Without the dispatcher

extension TestEnvironment {
  /// Has events decided, and settles every delivery: as delivered, except on the `failing` channels.
  @discardableResult
  package func take(_ events: Event..., failing: [ChannelName: Settlement.Result] = [:]) async throws -> [Decision] {
    let ingested = try await ledger.ingest(events, policy: policy, lease: TestEnvironment.lease)
    try await settle(ingested.leased, failing)
    return ingested.decisions.map(\.decision)
  }

  /// Advances the time, fires what is due then, and settles every delivery, like `take`.
  package func advance(by duration: Duration, failing: [ChannelName: Settlement.Result] = [:]) async throws {
    time.advance(by: duration)
    let fired = try await ledger.fire(only: nil, policy: policy, lease: TestEnvironment.lease)
    try await settle(fired.leased, failing)
    try await settle(try await ledger.claim(TestEnvironment.lease, channels: nil), failing)
  }

  private static let lease = LeaseTerms(count: 99, duration: .seconds(120))

  private func settle(_ leased: [LeasedDelivery], _ failing: [ChannelName: Settlement.Result]) async throws {
    _ = try await ledger.settle(
      leased.map { one in
        let result = failing[one.delivery.channel] ?? .delivered(Receipt())
        return Settlement(id: one.delivery.id, token: one.token, result: result)
      }
    )
  }

  /// The actions and reports of a command beside the notifier.
  package func operations(time other: (any TimeSource)? = nil) -> Operations {
    Operations(
      ledger: ledger,
      engine: LedgerEngine(ledger: ledger) { [policy] in policy },
      transport: transport,
      audit: audit,
      time: other ?? time
    ) { [configuration] in configuration }
  }
}

/// Counts up, so that the IDs made from it are the same in every run.
package struct CountingGenerator: RandomNumberGenerator, Sendable {
  private var last: UInt64 = 0
  private let step: UInt64

  package init(step: UInt64 = 1) { self.step = step }

  package mutating func next() -> UInt64 {
    last += step
    return last
  }
}
