// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryAudit
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryPolicy
internal import BelfryTransport

/// A notifier with a ledger on disk and one channel, wired as in the program but without sources.
struct DeliveryEnvironment {
  let ledger: SQLiteLedger
  let transport: SystemTransport
  let dispatcher: Dispatcher
  let notifier: Notifier
  let configuration: Configuration
  let tally = Tally()

  // `say` receives the operator's log, line by line.
  init(
    channel: String,
    folder: String,
    ledger name: String,
    say: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws {
    configuration = try Samples.configuration(
      named: "out",
      channel: channel,
      routes: [#"{ "to": "out" }"#],
      folder: folder
    )
    let time = SystemTime()
    transport = SystemTransport()
    ledger = try await SQLiteLedger.open(path: "\(folder)/\(name).db", as: .notifier, now: { time.now() })
    let console = Console(time: time, print: say)
    let log = ConfinedPath(root: folder, relative: "\(name)-audit.jsonl")
    let audit = AuditLog(rows: ChainedLog(file: log, disk: transport.disk), time: time, console: console)
    dispatcher = Dispatcher(
      ledger: ledger,
      transport: transport,
      configuration: configuration,
      time: time,
      reporter: DeliveryReporter(console: console, audit: audit, time: time, tally: tally)
    )
    notifier = Notifier(
      ledger: ledger,
      policy: Policy(rules: configuration.rules),
      dispatcher: dispatcher,
      time: time,
      console: console
    )
  }

  /// Has these alerts decided and stored, so that each waits for delivery.
  func queue(_ range: Range<Int>) async throws {
    let policy = Policy(rules: configuration.rules)
    for start in stride(from: range.lowerBound, to: range.upperBound, by: 1_000) {
      let events = Samples.alerts(start..<min(range.upperBound, start + 1_000)).map { Event.fired($0) }
      _ = try await ledger.ingest(events, policy: policy, lease: nil)
    }
  }

  /// The channel's message for the first alert, which measures the transport alone.
  func composed() throws -> Outgoing? {
    var ids = DeliveryIDSource()
    guard let channel = configuration.channels["out"], let alert = Samples.alerts(0..<1).first else { return nil }
    let now = SystemTime().now()
    return try channel.channel.compose(
      Notice(
        delivery: ids.next(at: now),
        channel: "out",
        content: .alert(alert),
        sentAt: now,
        product: configuration.product,
        cockpit: configuration.cockpit
      )
    )
  }

  func close() async throws {
    await transport.shutdown()
    try await ledger.close()
  }
}
