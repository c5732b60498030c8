// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryAudit
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryOperations
internal import BelfryServer
internal import BelfryTransport
internal import ServiceLifecycle
internal import UnixSignals

/// A loop that runs as a service.
struct Loop: Service {
  let body: @Sendable () async throws -> Void
  func run() async throws { try await body() }
}

// The services of a running Belfry that depend on the configuration.
extension App {
  /// Everything that runs beside the notifier and its dispatcher.
  func followers(of file: String?, reloadsOnSignal: Bool) -> [any Service] {
    var services: [any Service] = []
    services.append(
      Loop {
        await FileWatch({ await reloader.watched.union(file.map { [$0] } ?? []) }, time: time).run {
          await reload(Operator("channels.json changed", .file), isForced: false, Reloader.patience)
        }
      }
    )
    if reloadsOnSignal { services.append(Loop { await reloadOnSignal() }) }
    // A dry run sends nothing. It accepts nothing either: alerts pushed to it would be lost at its end.
    if !isDryRun {
      let alarm = ServerAlarm(ledger: ledger, notifier: notifier, time: time)
      services.append(Loop { try await revolving("server") { try await serve($0, alarm) }.run() })
      services.append(Loop { try await revolving("wake") { try await lookInto($0) }.run() })
      services.append(Loop { try await revolving("pulse") { try await beat($0) }.run() })
    }
    services.append(Loop { try await revolving("keep") { await prune($0) }.run() })
    if let signs { services.append(Loop { await signs.run() }) }
    return services
  }

  private func reloadOnSignal() async {
    await cancelWhenGracefulShutdown {
      for await _ in await UnixSignalsSequence(trapping: .sighup) {
        await reload(Operator("SIGHUP", .signal), isForced: true)
      }
    }
  }

  /// - Returns: whether it need not be retried.
  @discardableResult
  private func reload(_ actor: Operator, isForced: Bool, _ patience: Duration = .zero) async -> Bool {
    switch await reloader.reload(because: actor.name, by: actor, isForced: isForced, patience: patience) {
    case .unchanged, .adopted, .refused: true
    case .unsettled, .delayed: false
    }
  }

  private func revolving(_ key: String, _ body: @escaping @Sendable (Configuration) async throws -> Void)
    -> RestartOnChange
  {
    RestartOnChange(key, of: live, time: time, console: console, body)
  }

  private func serve(_ configuration: Configuration, _ alarm: ServerAlarm) async throws {
    guard let settings = configuration.server else {
      try await alarm.end()
      return try await gracefulShutdown()
    }
    let (ports, listening) = AsyncStream.makeStream(of: Int.self)
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { for await _ in ports { try await alarm.end() } }
        try await APIServer(settings, serverParts) { listening.yield($0) }.run()
        group.cancelAll()
      }
    } catch let error where !(error is CancellationError) {
      try await alarm.fire("\(error)")
      throw error
    }
  }

  /// The server of this Belfry that its server uses.
  var serverParts: ServerContext {
    let operations = notifierOperations
    return ServerContext(
      configuration: live,
      ledger: ledger,
      notifier: notifier,
      vitals: vitals,
      changes: changes,
      audit: audit,
      time: time,
      console: console,
      version: Version.text,
      reloader: reloader,
      registry: registry,
      linkKey: linkKey,
      instruments: instruments,
      operations: operations,
      toolbox: AlertTools(operations)
    )
  }

  /// The actions inside the notifier's own process.
  var notifierOperations: Operations {
    let engine = NotifierEngine(notifier: notifier, wakeup: wakeup, changes: changes)
    return operations(engine, console: console) { [live] in live.current }
  }

  private func prune(_ configuration: Configuration) async {
    await Pruning(keep: configuration.keep, ledger: ledger, time: time, console: console).run()
  }

  private func beat(_ configuration: Configuration) async throws {
    guard let settings = configuration.pulse else { return try await gracefulShutdown() }
    await Pulse(settings: settings, vitals: vitals, transport: transport, time: time, console: console).run()
  }

  private func lookInto(_ configuration: Configuration) async throws {
    guard let settings = configuration.wake else {
      try await InvestigationWatch.forget(in: ledger)
      return try await gracefulShutdown()
    }
    let watch = InvestigationWatch(
      settings: settings,
      log: self.configuration.audit.path,
      ledger: ledger,
      dispatcher: dispatcher,
      transport: transport,
      audit: audit,
      time: time,
      console: console,
      sources: { [live] in live.current.sourceNames }
    )
    await watch.run()
  }
}
