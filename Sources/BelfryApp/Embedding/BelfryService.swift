// SPDX-License-Identifier: Apache-2.0
public import Belfry
internal import BelfryAudit
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryTransport
public import Foundation
public import Logging
public import ServiceLifecycle

/// Belfry inside a program of your own: a service of its `ServiceGroup` that does what `belfry run` does, and that takes alerts
/// from code.
///
/// ```swift
/// let belfry = try await BelfryService(.file("channels.json"), logger: logger)
/// let group = ServiceGroup(services: [belfry, shop], gracefulShutdownSignals: [.sigterm], logger: logger)
/// ```
///
/// What `send` accepted is in the ledger when it returns. It survives a crash, and its delivery is retried as the configuration
/// says.
public struct BelfryService: Service {
  private let app: App
  /// The file that is watched for changes; nil for a configuration made in code.
  private let file: String?

  /// Opens the ledger that the configuration names; nothing is sent before `run` is called.
  ///
  /// A process that sends to networks must not end because the other side closed a connection, so SIGPIPE is ignored from
  /// here on, in the whole process.
  ///
  /// - Parameters:
  ///   - source: The configuration.
  ///   - channels: The kinds of channel that it can use.
  ///   - sources: The kinds of source that it can use.
  ///   - environment: The values of its variables.
  ///   - logger: Receives what `belfry run` prints.
  /// - Throws: `BelfryServiceError` if the configuration has an error, or if another notifier uses the ledger.
  public init(
    _ source: ConfigurationSource,
    channels: [any NotificationChannel.Type] = .builtIn,
    sources: [any AlertSource.Type] = .builtIn,
    environment: [String: String] = ProcessInfo.processInfo.environment,
    logger: Logger
  ) async throws {
    signal(SIGPIPE, SIG_IGN)
    let kinds = Kinds(channels: ChannelRegistry(channels), sources: SourceRegistry(sources))
    let reading = source.reading(kinds, environment)
    let read = reading()
    guard let configuration = read.configuration, let text = read.text else {
      throw BelfryServiceError(.configuration, read.findings.joined(separator: "\n"))
    }
    for finding in read.findings { logger.warning("\(finding)") }
    let options = App.Options(role: .notifier, logger: logger)
    do {
      app = try await App.build(configuration, options, text: text, read: reading)
    } catch let failure as CommandFailure {
      throw BelfryServiceError(.ledgerInUse, failure.description)
    }
    file = source.path
  }

  /// Watches the sources and sends notifications until the service group shuts down, then closes the ledger.
  ///
  /// Run it once. After it has returned, nothing else can be called.
  public func run() async throws {
    Banner(app: app, dryRunFolder: nil).show()
    let services = try await NotifierRun(app).services(following: file, reloadsOnSignal: false)
    let logger = app.console.logger(for: "services", atLeast: .error)
    var settings = ServiceGroupConfiguration(services: services, logger: logger)
    settings.maximumGracefulShutdownDuration = App.patience
    try await ServiceGroup(configuration: settings).run()
    try await app.close()
  }
}

extension BelfryService {
  /// Closes the ledger of a service that is never run, such as where another part of the program could not start.
  public func close() async throws { try await app.close() }
}

// MARK: - Alerts from code

extension BelfryService {
  /// The source of the alerts that `send` takes; a route can match it.
  public static let source = SourceName.embedded

  /// Reports that an alert fires, or how it is now; routes, cooldowns and digests apply as usual.
  ///
  /// It is active until `resolve` is called with its id, over a restart too. Whatever `source` it names, it is held by
  /// ``source``. To send an alert that is known and has not changed does nothing. It returns when the alert is in the ledger.
  ///
  /// - Throws: if the ledger cannot be written; then nothing of it is kept.
  public func send(_ alert: Alert) async throws {
    var alert = alert
    alert.source = Self.source
    if alert.firstSeen.isEmpty { alert.firstSeen = app.time.now().iso8601 }
    try await take(SendAlert(alert))
  }

  /// Reports that an alert has ended; one that is not active is left as it is.
  ///
  /// - Throws: if the ledger cannot be written.
  public func resolve(_ id: String) async throws {
    let alert = Alert(source: Self.source, id: id, severity: .info, title: "resolved")
    try await take(SendAlert(alert, isResolved: true))
  }

  /// Acknowledges an alert of any source: no reminders or escalation until it resolves.
  ///
  /// - Parameters:
  ///   - id: The alert's id, or `source/id`.
  ///   - person: Who acknowledges it.
  ///   - comment: What they say; may be empty.
  /// - Returns: whether it was active; nothing happens to one that is not.
  /// - Throws: if the ledger cannot be read or written, or if several sources have an active alert of this id.
  @discardableResult
  public func acknowledge(_ id: String, by person: String, comment: String = "") async throws -> Bool {
    do {
      let action = Acknowledge(.typed(id), comment: comment)
      _ = try await app.notifierOperations.perform(action, by: Operator(person.oneLine, .code))
      return true
    } catch let refusal as OperationRefusal {
      guard refusal.code == .ambiguous else { return false }
      throw BelfryServiceError(.ambiguous, refusal.description)
    }
  }

  /// What happened to an alert of any source, why, and what happens next: what `belfry why` prints.
  ///
  /// - Parameter id: The alert's id, or `source/id`.
  /// - Returns: the report; nil if no alert has that id.
  /// - Throws: if the ledger or the audit log cannot be read.
  public func why(_ id: String) async throws -> AlertReport? {
    let configuration = app.live.current
    let report = try await WhyReport.read(id, from: app.ledger, configuration, last: 20)
    return report.stories.isEmpty ? nil : AlertReport(report, at: app.time.now(), notes: configuration.notes)
  }

  /// Decides about an alert; what was changed in it to keep the limits is logged.
  private func take(_ action: SendAlert) async throws {
    let sent = try await action.perform(in: app.notifierOperations, by: Operator("code", .code))
    for finding in sent.findings { app.console.warn("\(sent.key.description.printableLine): \(finding.message)") }
  }
}

/// What happened to an alert, as text for people and as JSON for programs.
public struct AlertReport: Sendable, Hashable, CustomStringConvertible {
  /// The text that `belfry why` prints.
  public let text: String
  /// The JSON that `belfry why --json` prints.
  public let json: String
  /// The text.
  public var description: String { text }

  init(_ report: WhyReport, at now: Instant, notes: RuleNotes) {
    text = report.text(TimeText(now: now), notes)
    var writer = JSONWriter()
    report.encode(into: &writer, at: now)
    json = writer.text
  }
}

/// Why Belfry cannot do what a program asks of it.
public struct BelfryServiceError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of reasons.
  public struct Code: Sendable, Hashable {
    private enum Kind { case configuration, ledgerInUse, ambiguous }
    private let kind: Kind
    /// The configuration has an error or cannot be read.
    public static let configuration = Code(kind: .configuration)
    /// Another notifier uses the ledger.
    public static let ledgerInUse = Code(kind: .ledgerInUse)
    /// Several sources have an active alert of this id.
    public static let ambiguous = Code(kind: .ambiguous)
  }

  /// The kind of reason.
  public let code: Code
  /// The findings, one per line, or the reason.
  public let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
