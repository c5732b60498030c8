// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport

/// One run of the notifier, wired like `belfry run`, on a ledger that outlives it.
final class Process {
  private let configuration: Configuration
  private let policy: Policy
  private let time: ProcessTime
  private let ledger: CrashingLedger
  private let console: Console
  private let dispatcher: Dispatcher
  private let notifier: Notifier
  private var watches: [SourceWatch] = []
  private var alarms = ChannelAlarms(active: [])

  init(
    _ scenario: Scenario,
    on loop: RunLoop,
    ledger inner: any Ledger,
    clock: VirtualTime,
    witness: Witness,
    seed: UInt64,
    crash: CrashPlan?,
    fault: PlantedFault.Factory?
  ) {
    let life = Life()
    let parts = Parts(
      scenario: scenario,
      loop: loop,
      inner: inner,
      clock: clock,
      witness: witness,
      seed: seed,
      fault: fault
    )
    let own = parts.newFault()
    configuration = scenario.configuration
    policy = Policy(rules: configuration.rules)
    time = ProcessTime(clock: clock, life: life)
    ledger = CrashingLedger(inner, witness: witness, life: life, plan: crash, fault: own, on: loop.queue)
    console = Console(time: time) { _ in }
    let whileStopped: @Sendable () async -> Void = { await parts.deliverElsewhere() }
    dispatcher = parts.dispatcher(on: ledger, life: life, fault: own, whileStopped: whileStopped)
    notifier = Notifier(ledger: ledger, policy: policy, dispatcher: dispatcher, time: time, console: console)
  }

  var isDead: Bool { time.life.isOver }
  var transactions: Int { ledger.transactions }
  var nextPoll: Instant { watches.map(\.due).min() ?? time.now() }

  /// Whether the last read of a source was successful, and the source has not changed since.
  func hasRead(at source: SourceName, since next: Instant) -> Bool {
    guard let watch = watches.first(where: { $0.source.name == source }) else { return false }
    return watch.lastGood == time.now() && next > time.now()
  }

  func start(_ sources: [SourceScript]) async throws {
    let start = Start(configuration: configuration, ledger: ledger, policy: policy, console: console)
    watches = try await start.watches(sources.map(\.configured), at: time.now())
    alarms = try await start.alarms()
  }

  func send(_ event: Event) async throws {
    var report = CycleReport(active: 0)
    try await notifier.ingest([event], &report)
  }

  /// Fires what is due, and reads the sources.
  func poll() async throws {
    try await notifier.notifyAboutChannels(&alarms)
    try await notifier.fireTimers()
    _ = try await notifier.cycle(&watches)
    // Alerts that nothing mutes any more are due at once.
    try await notifier.fireTimers()
  }

  /// Removes what was over before then, in small batches.
  func prune(before cutoff: Instant) async throws {
    var cursor: PruneCursor? = PruneCursor(before: cutoff)
    while let next = cursor { cursor = try await ledger.prune(next, limit: 10).next }
  }

  func deliver() async throws { try await dispatcher.drain() }
  func nextAttempt() async throws -> Instant? { try await dispatcher.nextAttempt() }
}

/// The parts of a dispatcher.
private struct Parts: Sendable {
  let scenario: Scenario
  let loop: RunLoop
  let inner: any Ledger
  let clock: VirtualTime
  let witness: Witness
  let seed: UInt64
  let fault: PlantedFault.Factory?

  func newFault() -> ProcessFault { fault?() ?? ProcessFault() }

  func dispatcher(
    on ledger: any Ledger,
    life: Life,
    fault: ProcessFault,
    whileStopped: (@Sendable () async -> Void)?
  ) -> Dispatcher {
    let time = ProcessTime(clock: clock, life: life)
    let transport = ScriptedChannelTransport(
      ChannelScript(seed: seed),
      clock: clock,
      life: life,
      witness: witness,
      whileStopped: whileStopped
    )
    let console = Console(time: time) { _ in }
    let audit = AuditLog(rows: KeptRows(), time: time, console: console)
    return Dispatcher(
      ledger: ledger,
      transport: fault.transport(transport),
      configuration: scenario.configuration,
      time: time,
      reporter: DeliveryReporter(console: console, audit: audit, time: time),
      random: { [seed, clock] in
        Double(Chance.hash(seed, "\(clock.now().microseconds)") % 1000) / 1000
      }
    )
  }

  /// Lets another process deliver what the stopped one had leased.
  func deliverElsewhere() async {
    let life = Life()
    let fault = newFault()
    let ledger = CrashingLedger(inner, witness: witness, life: life, plan: nil, fault: fault, on: loop.queue)
    do {
      try await dispatcher(on: ledger, life: life, fault: fault, whileStopped: nil).drain()
    } catch {
      witness.fault("error: \(error)")
    }
  }
}
