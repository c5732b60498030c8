// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryPolicy
internal import BelfryServer
internal import BelfryTransport
internal import Foundation
internal import Logging

/// The components of a running Belfry, wired together.
struct App {
  /// The components they depend on.
  let components: Components
  let dispatcher: Dispatcher
  let notifier: Notifier
  /// Applies changes of `channels.json`.
  let reloader: Reloader
  /// Nil if no spans are sent.
  let exporter: SpanExporter?
  /// Notifies the service manager; nil if there is none.
  let signs: ServiceSigns?

  var configuration: Configuration { components.configuration }
  var live: CurrentValue<Configuration> { components.live }
  var time: any TimeSource { components.time }
  var transport: SystemTransport { components.transport }
  var ledger: any Ledger { components.ledger }
  var policy: Policy { components.policy }
  var console: Console { components.console }
  var audit: AuditLog { components.audit }
  var tally: Tally { components.tally }
  var vitals: Vitals { components.vitals }
  var registry: MetricsRegistry { components.registry }
  var instruments: Instruments { components.instruments }
  var wakeup: Wakeup { components.wakeup }
  var changes: ChangeBroadcast { components.changes }
  var linkKey: LinkKey? { components.linkKey }
  var isDryRun: Bool { components.options.isDryRun }

  /// The longest that running attempts may take to end at a shutdown; then they are cancelled and tried again after a start.
  static let patience = Duration.seconds(15)

  /// The differences between commands.
  struct Options {
    /// For a dry run: the absolute path of the folder into which everything that would be sent is written.
    var dryRunFolder: String?
    /// The command's role towards the ledger's file.
    var role = ProcessRole.guest
    var logFormat = LogFormat.text
    /// Prints a line; it must not wait for a reader.
    var print: @Sendable (String) -> Void = { Output.log($0) }
    /// Receives the lines instead, where Belfry is part of another program.
    var logger: Logger?

    var isDryRun: Bool { dryRunFolder != nil }
  }

  /// Wires the components; all wiring is here and in ``Components``.
  ///
  /// Nothing is running when it returns.
  static func build(_ configuration: Configuration, _ options: Options = Options()) async throws -> App {
    try await build(configuration, options, text: "") {
      ReadConfiguration(text: nil, configuration: nil, findings: ["There is no file."])
    }
  }

  /// The same for a notifier that can be reloaded: `text` is the file's current content, and `read` reads it again.
  static func build(
    _ configuration: Configuration,
    _ options: Options,
    text: String,
    read: @escaping @Sendable () -> ReadConfiguration
  ) async throws -> App {
    let components = try await Components.make(configuration, options)
    let dispatcher = components.makeDispatcher()
    let notifier = components.makeNotifier(dispatcher)
    return App(
      components: components,
      dispatcher: dispatcher,
      notifier: notifier,
      reloader: components.makeReloader(notifier, dispatcher, text: text, read: read),
      exporter: components.makeExporter(),
      signs: components.makeSigns()
    )
  }

  /// Closes what `build` opened.
  func close() async throws {
    await audit.close()
    await exporter?.close()
    await transport.shutdown()
    try await ledger.close()
  }
}
