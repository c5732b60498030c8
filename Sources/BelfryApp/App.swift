// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryServer
internal import BelfryTransport
internal import Foundation

/// The parts of a running Belfry, put together.
struct App {
  /// What they stand on.
  let ground: Ground
  let dispatcher: Dispatcher
  let notifier: Notifier
  let sources: [any AlertSource]
  /// Takes over what `channels.json` says anew.
  let reloader: Reloader
  /// Nil where no spans are sent.
  let exporter: SpanExporter?
  /// Where a service manager listens; nil where none does.
  let signs: ServiceSigns?

  var configuration: Configuration { ground.configuration }
  var inForce: InForce<Configuration> { ground.inForce }
  var time: any TimeSource { ground.time }
  var transport: Transport { ground.transport }
  var ledger: any Ledger { ground.ledger }
  var policy: Policy { ground.policy }
  var console: Console { ground.console }
  var audit: AuditLog { ground.audit }
  var tally: Tally { ground.tally }
  var vitals: Vitals { ground.vitals }
  var registry: MetricsRegistry { ground.registry }
  var instruments: Instruments { ground.instruments }
  var bell: Signal { ground.bell }
  var changes: ChangeFeed { ground.changes }
  var linkKey: LinkKey? { ground.linkKey }
  var isDryRun: Bool { ground.options.isDryRun }

  /// How the parts differ from command to command.
  struct Options {
    /// Set for a dry run: the absolute folder into which everything that would leave is written.
    var dryRunFolder: String?
    /// What the command is to the ledger's file.
    var role = LedgerRole.guest
    var logFormat = LogFormat.text
    /// Where lines go; it must not wait for whoever reads them.
    var print: @Sendable (String) -> Void = { Output.log($0) }

    var isDryRun: Bool { dryRunFolder != nil }
  }

  /// All wiring is here and in ``Ground``.
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
    let ground = try await Ground.lay(configuration, options)
    let dispatcher = ground.makeDispatcher()
    let notifier = ground.makeNotifier(dispatcher)
    return App(
      ground: ground,
      dispatcher: dispatcher,
      notifier: notifier,
      sources: configuration.sources.map { ground.makeSource($0) },
      reloader: ground.makeReloader(notifier, dispatcher, text: text, read: read),
      exporter: ground.makeExporter(),
      signs: ground.makeSigns()
    )
  }

  /// Ends what `build` opened.
  func close() async throws {
    await audit.close()
    await exporter?.close()
    await transport.shutdown()
    try await ledger.close()
  }
}
