// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryAudit
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryPolicy
internal import BelfryTransport

extension BelfryBench {
  static func measureRouting() throws {
    try measureRouting("exact") { "\"category-\($0)\"" }
    try measureRouting("regex") { "\"/category-\($0)/\"" }
  }

  private static func measureRouting(_ kind: String, pattern: (Int) -> String) throws {
    let routes = (0..<1_000).map { "{ \"match\": { \"category\": \(pattern($0)) }, \"to\": \"journal\" }" }
    let table = try Samples.configuration(routes: routes, folder: "/nowhere").rules.table
    let alerts = Samples.alerts(1_000)
    var memo = MatchMemo()
    var matched = 0
    let elapsed = ContinuousClock().measure {
      for alert in alerts { matched += table.resolve(alert, memo: &memo).count }
    }
    row("one alert in 1,000 routes, \(kind) (\(matched) of 1,000 matched)", elapsed.inSeconds * 1_000, "µs")
  }

  /// Measures what `belfry check` does with a file of many routes: it grows with the file, not with its square.
  static func measureCheck() throws {
    for count in [1_000, 10_000] {
      let routes = (0..<count).map { index in
        let labels = "{ \"team\": \"team-\(index % 50)\", \"service\": \"service-\(index)\" }"
        return "{ \"match\": { \"severity\": \"warning+\", \"labels\": \(labels) }, \"to\": \"journal\", "
          + "\"repeat\": \"4h\" }"
      }
      let start = Usage.processorTime()
      let configuration = try Samples.configuration(routes: routes, folder: "/nowhere")
      let used = Usage.processorTime() - start
      row("check of \(configuration.rules.table.routes.count) routes: CPU", used.inSeconds * 1_000, "ms")
    }
  }

  static func measureQuietCycle() {
    let file = Samples.file(Samples.alerts(100_000))
    var active = ActiveSet(source: Samples.source)
    let now = SystemTime().now()
    var snapshot = AlertDecoding.read(file, from: Samples.source, now: now)
    _ = active.observe(snapshot.alerts)
    let clock = ContinuousClock()
    let reading = clock.measure { snapshot = AlertDecoding.read(file, from: Samples.source, now: now) }
    var changes = 0
    let observing = clock.measure { changes = active.observe(snapshot.alerts).count }
    row("100,000 unchanged alerts: reading the file", reading.inSeconds * 1_000, "ms")
    row("100,000 unchanged alerts: comparing (\(changes) changes)", observing.inSeconds * 1_000, "ms")
  }

  static func measureDelivery(in folder: String) async throws {
    let configuration = try Samples.configuration(routes: ["{ \"to\": \"journal\" }"], folder: folder)
    let time = SystemTime()
    let transport = SystemTransport()
    let console = Console(time: time) { _ in }
    let ledger = try await SQLiteLedger.open(path: folder + "/belfry.db", now: { time.now() })
    let policy = Policy(rules: configuration.rules)
    let log = ConfinedPath(root: folder, relative: "audit.jsonl")
    let audit = AuditLog(rows: ChainedLog(file: log, disk: transport.disk), time: time, console: console)
    let tally = Tally()
    let dispatcher = Dispatcher(
      ledger: ledger,
      transport: transport,
      configuration: configuration,
      time: time,
      reporter: DeliveryReporter(console: console, audit: audit, time: time, tally: tally)
    )
    let notifier = Notifier(ledger: ledger, policy: policy, dispatcher: dispatcher, time: time, console: console)
    let events = Samples.alerts(100_000).map { Event.fired($0) }
    var report = CycleReport(active: events.count)
    let clock = ContinuousClock()
    let start = clock.now
    try await notifier.ingest(events, &report)
    let committed = clock.now
    try await dispatcher.drain()
    let end = clock.now
    row("100,000 firing alerts: decided and committed", (committed - start).inSeconds, "s")
    row("100,000 firing alerts: delivered (\(tally.counts.delivered) in the file)", (end - committed).inSeconds, "s")
    await transport.shutdown()
    try await ledger.close()
  }
}
