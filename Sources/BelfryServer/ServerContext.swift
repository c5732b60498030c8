// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryAudit
package import BelfryConfiguration
package import BelfryEngine
package import BelfryLedger
package import BelfryOperations
internal import BelfryPolicy
package import BelfryTransport

/// The components of a running Belfry that the server uses.
package struct ServerContext: Sendable {
  private let live: CurrentValue<Configuration>
  let ledger: any Ledger
  let notifier: Notifier
  let vitals: Vitals
  /// Signals changes that pages should show.
  let changes: ChangeBroadcast
  let audit: AuditLog
  let time: any TimeSource
  let console: Console
  let start: Instant
  /// The program's version.
  let version: String
  /// Nil if the configuration cannot be reloaded.
  let reloader: Reloader?
  /// The metrics.
  let registry: MetricsRegistry
  /// The key that signs links in messages; nil if links are not used.
  let linkKey: LinkKey?
  /// Metrics and traces of the server's work.
  let instruments: Instruments
  /// The actions that operators can perform.
  let operations: Operations
  /// Nil if MCP is disabled.
  let toolbox: (any MCPToolbox)?
  /// The log lines that callers cause.
  let callerLines: CallerLines

  package init(
    configuration: CurrentValue<Configuration>,
    ledger: any Ledger,
    notifier: Notifier,
    vitals: Vitals,
    changes: ChangeBroadcast = ChangeBroadcast(),
    audit: AuditLog,
    time: any TimeSource,
    console: Console,
    version: String,
    reloader: Reloader? = nil,
    registry: MetricsRegistry = MetricsRegistry(),
    linkKey: LinkKey? = nil,
    instruments: Instruments = Instruments(),
    operations: Operations,
    toolbox: (any MCPToolbox)? = nil
  ) {
    self.linkKey = linkKey
    self.registry = registry
    self.instruments = instruments
    self.live = configuration
    self.ledger = ledger
    self.notifier = notifier
    self.vitals = vitals
    self.changes = changes
    self.audit = audit
    self.time = time
    self.console = console
    self.start = time.now()
    self.version = version
    self.reloader = reloader
    self.operations = operations
    self.toolbox = toolbox
    callerLines = CallerLines(console)
  }

  /// The configuration in force.
  var configuration: Configuration { live.current }
  /// The policy in force.
  var policy: Policy { notifier.policy.current }

  var now: Instant { time.now() }
  /// The monotonic clock.
  var elapsed: Duration { time.elapsed() }

  /// Has events decided and written, and starts the resulting deliveries.
  ///
  /// - Returns: once they are durable; all callers that wait for that share a commit.
  func ingest(_ events: [Event]) async throws(Refusal) {
    guard !events.isEmpty else { return }
    do {
      try await notifier.ingest(events)
    } catch {
      callerLines.say(.unwritableLedger, at: now, "\(error)", .error(error))
      throw Refusal(.unavailable, "The ledger could not be written. Push again.", retryAfter: 5)
    }
  }

  /// Runs a query on the ledger.
  func ask<Answer>(_ question: () async throws -> Answer) async throws(Refusal) -> Answer {
    do {
      return try await question()
    } catch let refusal as Refusal {
      throw refusal
    } catch let overdue as WorkDeadline.Overdue {
      throw Refusal(.unavailable, overdue.description, retryAfter: 30)
    } catch {
      callerLines.say(.unreadableLedger, at: now, "\(error)", .error(error))
      throw Refusal(.unavailable, "The ledger cannot be read now.", retryAfter: 5)
    }
  }

  /// Checks that the ledger answers.
  func probe() async throws(Refusal) { _ = try await ask { try await ledger.nextTimer() } }

  /// A page of the active alerts' records, and whether it is the last one.
  func activePage(after last: AlertKey?) async throws -> (records: [AlertRecord], isLast: Bool) {
    let page = try await ledger.records(after: last, activeOnly: true, limit: ServerContext.page)
    return (page, page.count < ServerContext.page)
  }

  private static let page = 1_000

  /// Performs an action; why it fails becomes an answer.
  func perform<A: Action>(_ action: A, by actor: Operator) async throws(Refusal) -> A.Outcome {
    do {
      return try await operations.perform(action, by: actor)
    } catch let refusal as OperationRefusal {
      throw Refusal(refusal)
    } catch {
      callerLines.say(.unwritableLedger, at: now, "\(error)", .error(error))
      throw Refusal(.unavailable, "It could not be written. Try again.", retryAfter: 5)
    }
  }
}

extension Caller {
  /// The caller as the audit log records it.
  func `operator`(_ way: Operator.Way) -> Operator { Operator(name, way) }
}

extension Refusal {
  init(_ refusal: OperationRefusal) {
    let status: Status =
      switch refusal.code {
      case .unknown, .ended: .notFound
      case .ambiguous, .invalid: .badRequest
      case .refused: .forbidden
      }
    self.init(status, refusal.description)
  }
}
