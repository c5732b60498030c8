// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryTransport
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryServer
internal import Foundation
internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// `belfry run`: the notifier itself.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Watch the sources and send notifications until stopped."
  )

  @OptionGroup var file: ConfigurationOption

  @Flag(help: "Read the sources once, deliver what is due, and exit.")
  var once = false

  @Flag(help: "Send nothing: write what would be sent to a folder, and leave the state unchanged.")
  var dryRun = false

  @Option(help: "Log format: text, or json with one object per line.")
  var logFormat = LogFormat.text

  @Argument(help: ArgumentHelp("The folder for --dry-run. (default: ./dry-run)", valueName: "dir"))
  var folder: String?

  func validate() throws {
    guard folder == nil || dryRun else { throw ValidationError("A folder is only valid with --dry-run.") }
  }

  func run() async throws {
    let log = RunLog(logFormat)
    do {
      try await run(log)
      try await log.end(with: nil)
    } catch {
      try await log.end(with: error)
    }
  }

  private func run(_ log: RunLog) async throws {
    let (configuration, text) = try file.loadWithText(toServe: !once && !dryRun) { log.report($0) }
    let reading = ReadingAgain(file, after: configuration)
    let options = App.Options(
      dryRunFolder: dryRunFolder,
      role: .notifier,
      logFormat: log.format,
      print: { log.write($0) }
    )
    let app = try await App.build(configuration, options, text: text) { reading.read() }
    Banner(app: app, dryRunFolder: dryRunFolder).show()
    let start = Start(configuration: configuration, ledger: app.ledger, policy: app.policy, console: app.console)
    if !dryRun, case .file = configuration.state { try await start.compare(with: configuration.audit.path) }
    let unaudited = try await start.unaudited()
    let watches = try await start.watches(app.sources, at: app.time.now())
    try await app.reloader.begin()
    if once {
      await app.audit.restore(unaudited, in: configuration.audit.path)
      try await runOnce(app, watches, try await start.alarms())
    } else {
      try await serve(app, watches, try await start.alarms(), unaudited)
    }
  }

  private var dryRunFolder: String? {
    dryRun ? URL(filePath: folder ?? "./dry-run").standardizedFileURL.path : nil
  }

  private func runOnce(_ app: App, _ watches: [SourceWatch], _ alarms: ChannelAlarms) async throws {
    var watches = watches
    var alarms = alarms
    try await app.notifier.fireTimers()
    if let report = try await app.notifier.cycle(&watches) { app.console.say(report) }
    var notes = SourceNotes()
    try await app.notifier.note(watches, &notes)
    try await app.dispatcher.drain()
    try await app.notifier.notifyAboutDamage(&alarms.damage)
    // Report a failure just now through any channel that still works.
    try await app.notifier.notifyAboutDamage(&alarms.damage)
    try await app.notifier.tellOfChannels(&alarms)
    try await app.dispatcher.drain()
    let counts = app.tally.counts
    let pending = try await app.ledger.backlog().channels.values.reduce(0) { $0 + $1.pending }
    app.console.say(
      "done: \(counts.delivered) delivered, \(pending) still pending, \(counts.dead) dead letters",
      .topic(.program),
      .number(.delivered, counts.delivered),
      .number(.pending, pending),
      .number(.dead, counts.dead)
    )
    let isUnreadable = watches.contains { $0.trouble != nil }
    let isDamaged = try await !app.ledger.damage().isEmpty
    try await app.close()
    if pending + counts.dead > 0 || isUnreadable || isDamaged { throw ExitStatus.badNews }
  }

  /// Runs until SIGINT or SIGTERM: first the cycle stops, then the dispatcher finishes running attempts, then the audit
  /// log.
  private func serve(
    _ app: App,
    _ watches: [SourceWatch],
    _ alarms: ChannelAlarms,
    _ unaudited: [AuditedAttempt]
  ) async throws {
    let alarm = AuditAlarm(ledger: app.ledger, notifier: app.notifier, time: app.time)
    // Services are stopped in reverse order.
    let services: [any Service] =
      (app.exporter.map { exporter in [Loop { await exporter.run() }] } ?? []) + [
        Loop {
          await app.audit.restore(unaudited, in: app.configuration.audit.path)
          await app.audit.run { try await alarm.judge($0) }
        },
        Loop { try await app.dispatcher.run() },
        Loop { await app.notifier.run(watches, alarms: alarms) },
      ] + app.followers(of: file.absolutePath)
    var settings = ServiceGroupConfiguration(
      services: services,
      gracefulShutdownSignals: [.sigint, .sigterm],
      logger: app.console.logger(for: "services", atLeast: .error)
    )
    // A running attempt may take this long to end; then it is cancelled, and retried after the next start.
    settings.maximumGracefulShutdownDuration = .seconds(15)
    let watchdog = await ShutdownWatchdog.begin { [console = app.console] in
      console.fail(
        "not stopped within \(ShutdownWatchdog.limit.text): exiting now; everything accepted is on disk",
        .topic(.program)
      )
    }
    defer { watchdog.end() }
    try await ServiceGroup(configuration: settings).run()
    try await app.close()
    app.console.say("stopped cleanly", .topic(.program))
  }
}

extension LogFormat: ExpressibleByArgument {}
