// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryTransport
internal import BelfryEngine
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
    let reading = ConfigurationReload(file, after: configuration)
    let options = App.Options(
      dryRunFolder: dryRunFolder,
      role: .notifier,
      logFormat: log.format,
      print: { log.write($0) }
    )
    let app = try await App.build(configuration, options, text: text) { reading.read() }
    Banner(app: app, dryRunFolder: dryRunFolder).show()
    let run = try await NotifierRun(app)
    if once { try await runOnce(run) } else { try await serve(run) }
  }

  private var dryRunFolder: String? {
    dryRun ? URL(filePath: folder ?? "./dry-run").standardizedFileURL.path : nil
  }

  private func runOnce(_ run: NotifierRun) async throws {
    let app = run.app
    var (watches, alarms) = (run.watches, run.alarms)
    await run.restoreAudit()
    try await app.notifier.fireTimers()
    if let report = try await app.notifier.cycle(&watches) { app.console.say(report) }
    var notes = SourceNotes()
    try await app.notifier.note(watches, &notes)
    try await app.dispatcher.drain()
    try await app.notifier.notifyAboutDamage(&alarms.damage)
    // Report a failure just now through any channel that still works.
    try await app.notifier.notifyAboutDamage(&alarms.damage)
    try await app.notifier.notifyAboutChannels(&alarms)
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
  private func serve(_ run: NotifierRun) async throws {
    let app = run.app
    let services = run.services(following: file.absolutePath, reloadsOnSignal: true)
    var settings = ServiceGroupConfiguration(
      services: services,
      gracefulShutdownSignals: [.sigint, .sigterm],
      logger: app.console.logger(for: "services", atLeast: .error)
    )
    settings.maximumGracefulShutdownDuration = App.patience
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
