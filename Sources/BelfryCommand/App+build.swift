// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryServer
internal import BelfryTransport
internal import Foundation

/// The parts of a running Belfry, put together.
struct App {
  let configuration: Configuration
  /// The configuration as it is when it was reloaded.
  let inForce: InForce<Configuration>
  let time: any TimeSource
  let transport: Transport
  let ledger: any Ledger
  let policy: Policy
  let console: Console
  let audit: AuditLog
  let tally: Tally
  let dispatcher: Dispatcher
  let notifier: Notifier
  let sources: [any AlertSource]
  /// Takes over what `channels.json` says anew.
  let reloader: Reloader
  let vitals: Vitals
  let registry: MetricsRegistry
  let instruments: Instruments
  /// Nil where no spans are sent.
  let exporter: SpanExporter?
  let bell: Signal
  let changes: ChangeFeed
  /// What acknowledge links are signed with; nil where no notifier made it yet.
  let linkKey: LinkKey?
  let isDryRun: Bool
  /// Where a service manager listens; nil where none does.
  let signs: ServiceSigns?

  /// How the parts differ from command to command.
  struct Options {
    /// Set for a dry run: the absolute folder into which everything that would leave is written.
    var dryRunFolder: String?
    /// What the command is to the ledger's file.
    var role = LedgerRole.guest
    var logFormat = LogFormat.text
    /// Where lines go; it must not wait for whoever reads them.
    var print: @Sendable (String) -> Void = { Output.log($0) }
  }

  /// All wiring is here.
  ///
  /// Nothing has begun when it returns.
  static func build(_ configuration: Configuration, _ options: Options = Options()) async throws -> App {
    try await build(configuration, options, text: "") {
      ReadConfiguration(text: nil, configuration: nil, findings: ["There is no file."])
    }
  }

  /// The same for a notifier that is reloaded: `text` is what its file says now, and `read` reads it again.
  static func build(
    _ configuration: Configuration,
    _ options: Options,
    text: String,
    read: @escaping @Sendable () -> ReadConfiguration
  ) async throws -> App {
    let time = SystemTime()
    let transport = Transport(userAgent: "belfry/\(Version.text)")
    let console = Console(time: time, format: options.logFormat, print: options.print)
    let carrier: any Carrying =
      options.dryRunFolder.map { DryRunCarrier(folder: $0, disk: transport.disk) } ?? transport
    let ledger = try await open(options.dryRunFolder == nil ? configuration.state : .memory, options.role, time)
    let policy = Policy(rules: configuration.rules)
    let audit = AuditLog(
      rows: auditRows(configuration, options, transport.disk),
      time: time,
      console: console
    )
    let tally = Tally()
    let vitals = Vitals(from: time.now())
    let registry = MetricsRegistry()
    let tracing = options.dryRunFolder == nil && options.role == .notifier ? configuration.tracing : nil
    let spans = SpanQueue()
    let instruments = Instruments(registry, tracer: tracing.map { SpanTracer(spans, share: $0.sample.value) })
    instruments.prepare(for: configuration)
    // Rung by the dispatcher when a channel begins or ends to fail.
    let bell = Signal()
    let changes = ChangeFeed()
    let linkKey = try await LinkKey.kept(in: ledger, isMade: options.role == .notifier)
    let dispatcher = Dispatcher(
      ledger: ledger,
      carrier: carrier,
      configuration: configuration,
      time: time,
      reporter: DeliveryReporter(
        console: console,
        audit: audit,
        time: time,
        tally: tally,
        isDryRun: options.dryRunFolder != nil,
        instruments: instruments,
        changes: changes
      ),
      isDryRun: options.dryRunFolder != nil,
      linkKey: linkKey,
      vitals: vitals,
      bell: bell
    )
    let notifier = Notifier(
      ledger: ledger,
      policy: policy,
      dispatcher: dispatcher,
      time: time,
      console: console,
      vitals: vitals,
      bell: bell,
      instruments: instruments,
      changes: changes
    )
    let inForce = InForce(configuration)
    let makeSource: @Sendable (SourceSettings) -> any AlertSource = {
      source($0, transport, audit, path: configuration.audit.path)
    }
    return App(
      configuration: configuration,
      inForce: inForce,
      time: time,
      transport: transport,
      ledger: ledger,
      policy: policy,
      console: console,
      audit: audit,
      tally: tally,
      dispatcher: dispatcher,
      notifier: notifier,
      sources: configuration.sources.map(makeSource),
      reloader: Reloader(
        text: text,
        read: read,
        takeOver: TakeOver(
          notifier: notifier,
          dispatcher: dispatcher,
          ledger: ledger,
          inForce: inForce,
          time: time,
          console: console,
          source: makeSource
        ),
        notifier: notifier,
        ledger: ledger,
        inForce: inForce,
        audit: audit,
        time: time,
        console: console,
        instruments: instruments,
        changes: changes
      ),
      vitals: vitals,
      registry: registry,
      instruments: instruments,
      exporter: tracing.map { settings in
        SpanExporter(
          spans,
          settings: settings,
          request: SpanRequest(version: Version.text, deployment: configuration.deployment),
          carrier: transport,
          time: time,
          console: console,
          instruments: instruments
        )
      },
      bell: bell,
      changes: changes,
      linkKey: linkKey,
      isDryRun: options.dryRunFolder != nil,
      signs: NotifySocket(environment: ProcessInfo.processInfo.environment).map { socket in
        ServiceSigns(watchdog: socket.watchdog, vitals: vitals, time: time, console: console) { socket.say($0) }
      }
    )
  }

  /// Ends what `build` opened.
  func close() async throws {
    await audit.close()
    await exporter?.close()
    await transport.shutdown()
    try await ledger.close()
  }

  static func open(
    _ state: StateLocation,
    _ role: LedgerRole,
    _ time: any TimeSource
  ) async throws -> any Ledger {
    guard case .file(let path) = state else { return MemoryLedger(now: { time.now() }) }
    do {
      return try await SQLiteLedger.open(path: path, as: role, now: { time.now() })
    } catch let error as LedgerError where error.code == .inUse {
      throw CommandFailure(error.description)
    }
  }

  private static func source(
    _ settings: SourceSettings,
    _ transport: Transport,
    _ audit: AuditLog,
    path: String
  ) -> any AlertSource {
    switch settings.kind {
    case .file(let file): FileSource(name: settings.name, settings: file, disk: transport.disk)
    case .prometheus(let server): PrometheusSource(name: settings.name, settings: server, carrier: transport)
    case .alertmanager(let server): AlertmanagerSource(name: settings.name, settings: server, carrier: transport)
    case .exec(let program): ExecSource(name: settings.name, settings: program, carrier: transport)
    case .host(let host):
      HostSource(
        name: settings.name,
        settings: host,
        disk: transport.disk,
        carrier: transport,
        processors: ProcessInfo.processInfo.activeProcessorCount
      )
    case .probe(let probe):
      ProbeSource(name: settings.name, settings: probe, transport: transport, audit: audit)
    case .auditRule(let rule): AuditRuleSource(name: settings.name, settings: rule, own: path, disk: transport.disk)
    }
  }

  /// The audit log is where the operator says; a dry run's is in its own folder.
  private static func auditRows(_ configuration: Configuration, _ options: Options, _ disk: Disk) -> any RowKeeping {
    var place = configuration.audit
    if let folder = options.dryRunFolder { place = AuditPlace(path: folder + "/audit.jsonl") }
    let slash = place.path.lastIndex(of: "/") ?? place.path.startIndex
    let file = ConfinedPath(root: String(place.path[..<slash]), relative: String(place.path[slash...].dropFirst()))
    return ChainedLog(file: file, rotation: place.rotation, disk: disk)
  }
}
