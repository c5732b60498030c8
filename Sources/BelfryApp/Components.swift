// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryAudit
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryPolicy
internal import BelfryTransport
internal import Foundation

/// The components that the parts of a running Belfry depend on, and how each part is made from them.
struct Components {
  let configuration: Configuration
  let options: App.Options
  /// The configuration, replaced on reload.
  let live: CurrentValue<Configuration>
  let time: any TimeSource
  let transport: SystemTransport
  let ledger: any Ledger
  let policy: Policy
  let console: Console
  let audit: AuditLog
  let tally = Tally()
  let vitals: Vitals
  let registry: MetricsRegistry
  let instruments: Instruments
  /// Spans that wait to be sent, and their destination; nil if none are sent.
  let spans: SpanQueue
  let tracing: TracingSettings?
  /// Raised by the dispatcher when a channel starts or stops failing.
  let wakeup = Wakeup()
  let changes = ChangeBroadcast()
  /// The key that signs acknowledgement links; nil if no notifier has made it yet.
  let linkKey: LinkKey?

  /// Opens the ledger; nothing is running when it returns.
  static func make(_ configuration: Configuration, _ options: App.Options) async throws -> Components {
    let time = SystemTime()
    let transport = SystemTransport(userAgent: "belfry/\(Version.text)")
    let console =
      options.logger.map { Console($0) } ?? Console(time: time, format: options.logFormat, print: options.print)
    let ledger = try await open(options.isDryRun ? .memory : configuration.state, options.role, time)
    let registry = MetricsRegistry()
    let spans = SpanQueue()
    let tracing = options.isDryRun || options.role != .notifier ? nil : configuration.tracing
    let instruments = Instruments(registry, tracer: tracing.map { SpanTracer(spans, share: $0.sample.value) })
    instruments.prepare(for: configuration)
    return Components(
      configuration: configuration,
      options: options,
      live: CurrentValue(configuration),
      time: time,
      transport: transport,
      ledger: ledger,
      policy: Policy(rules: configuration.rules),
      console: console,
      audit: AuditLog(
        rows: auditRows(configuration, options, transport.disk),
        time: time,
        console: console,
        ledger: ledger
      ),
      vitals: Vitals(from: time.elapsed()),
      registry: registry,
      instruments: instruments,
      spans: spans,
      tracing: tracing,
      linkKey: try await LinkKey.kept(in: ledger, isMade: options.role == .notifier)
    )
  }

  /// Opens only the ledger.
  ///
  /// - Throws: `CommandFailure` if another notifier has it open.
  static func open(
    _ state: StateLocation,
    _ role: ProcessRole,
    _ time: any TimeSource
  ) async throws -> any Ledger {
    guard case .file(let path) = state else { return try await SQLiteLedger.inMemory(now: { time.now() }) }
    do {
      return try await SQLiteLedger.open(path: path, as: role, now: { time.now() })
    } catch let error as LedgerError where error.code == .inUse {
      throw CommandFailure(PrintedText(error.description))
    }
  }

  /// Creates the audit log at the configured path; a dry run's is in its own folder.
  private static func auditRows(
    _ configuration: Configuration,
    _ options: App.Options,
    _ disk: Disk
  ) -> any RowKeeping {
    var place = configuration.audit
    if let folder = options.dryRunFolder { place = AuditPlace(path: folder + "/audit.jsonl") }
    let slash = place.path.lastIndex(of: "/") ?? place.path.startIndex
    let file = ConfinedPath(root: String(place.path[..<slash]), relative: String(place.path[slash...].dropFirst()))
    return ChainedLog(file: file, rotation: place.rotation, disk: disk)
  }
}

// MARK: - Parts

extension Components {
  func makeDispatcher() -> Dispatcher {
    let sender: any Transport =
      options.dryRunFolder.map { DryRunTransport(folder: $0, disk: transport.disk) } ?? transport
    let reporter = DeliveryReporter(
      console: console,
      audit: audit,
      time: time,
      tally: tally,
      isDryRun: options.isDryRun,
      instruments: instruments,
      changes: changes
    )
    return Dispatcher(
      ledger: ledger,
      transport: sender,
      configuration: configuration,
      time: time,
      reporter: reporter,
      isDryRun: options.isDryRun,
      linkKey: linkKey,
      vitals: vitals,
      wakeup: wakeup
    )
  }

  func makeNotifier(_ dispatcher: Dispatcher) -> Notifier {
    Notifier(
      ledger: ledger,
      policy: policy,
      dispatcher: dispatcher,
      time: time,
      console: console,
      vitals: vitals,
      wakeup: wakeup,
      instruments: instruments,
      changes: changes,
      direct: options.isDryRun
        ? nil
        : DirectAlarm(configuration: live, transport: transport, time: time, audit: audit, console: console),
      polling: Polling(transport: transport, audit: audit, path: configuration.audit.path)
    )
  }

  func makeReloader(
    _ notifier: Notifier,
    _ dispatcher: Dispatcher,
    text: String,
    read: @escaping @Sendable () -> ReadConfiguration
  ) -> Reloader {
    let takeOver = ConfigurationChange(
      notifier: notifier,
      dispatcher: dispatcher,
      ledger: ledger,
      live: live,
      time: time,
      console: console
    )
    return Reloader(
      text: text,
      read: read,
      takeOver: takeOver,
      notifier: notifier,
      ledger: ledger,
      live: live,
      audit: audit,
      time: time,
      console: console,
      instruments: instruments,
      changes: changes
    )
  }

  /// - Returns: nil if no spans are sent.
  func makeExporter() -> SpanExporter? {
    tracing.map { settings in
      SpanExporter(
        spans,
        settings: settings,
        request: SpanRequest(version: Version.text, deployment: configuration.deployment),
        transport: transport,
        time: time,
        console: console,
        instruments: instruments
      )
    }
  }

  /// - Returns: nil if there is no service manager.
  func makeSigns() -> ServiceSigns? {
    NotifySocket(environment: ProcessInfo.processInfo.environment).map { socket in
      ServiceSigns(watchdog: socket.watchdog, vitals: vitals, time: time, console: console) { socket.say($0) }
    }
  }
}
