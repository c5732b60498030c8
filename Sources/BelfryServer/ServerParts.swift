// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryDaemon
package import BelfryLedger
internal import BelfryOperations
package import BelfryTransport

/// What of a running Belfry the server works with.
package struct ServerParts: Sendable {
  private let inForce: InForce<Configuration>
  let ledger: any Ledger
  let notifier: Notifier
  let vitals: Vitals
  /// Rung when the ledger may hold a timer that the notifier does not know of.
  let bell: Signal
  /// Raised when there is something new to see.
  let changes: ChangeFeed
  let audit: AuditLog
  let time: any TimeSource
  let console: Console
  let start: Instant
  /// The program's version.
  let version: String
  /// Nil where the configuration stays what it is.
  let reloader: Reloader?
  /// What is counted as Belfry works.
  let registry: MetricsRegistry
  /// What the links in messages are signed with; nil where they are of no use.
  let linkKey: LinkKey?
  /// What is counted and traced of what the server does.
  let instruments: Instruments
  /// Nil where MCP is not spoken.
  let toolbox: (any MCPToolbox)?
  /// What is logged of what callers cause.
  let callerLines: CallerLines

  package init(
    configuration: InForce<Configuration>,
    ledger: any Ledger,
    notifier: Notifier,
    vitals: Vitals,
    bell: Signal,
    changes: ChangeFeed = ChangeFeed(),
    audit: AuditLog,
    time: any TimeSource,
    console: Console,
    version: String,
    reloader: Reloader? = nil,
    registry: MetricsRegistry = MetricsRegistry(),
    linkKey: LinkKey? = nil,
    instruments: Instruments = Instruments(),
    toolbox: (any MCPToolbox)? = nil
  ) {
    self.linkKey = linkKey
    self.registry = registry
    self.instruments = instruments
    self.inForce = configuration
    self.ledger = ledger
    self.notifier = notifier
    self.vitals = vitals
    self.bell = bell
    self.changes = changes
    self.audit = audit
    self.time = time
    self.console = console
    self.start = time.now()
    self.version = version
    self.reloader = reloader
    self.toolbox = toolbox
    callerLines = CallerLines(console)
  }

  /// The configuration in force now.
  var configuration: Configuration { inForce.current }
  /// The policy in force now.
  var policy: Policy { notifier.policy.current }

  var now: Instant { time.now() }
  /// The monotonic clock.
  var elapsed: Duration { time.elapsed() }

  /// Has events decided and written, and what follows from them delivered.
  ///
  /// - Returns: once they are durable; all who wait for that share a commit.
  func ingest(_ events: [Event]) async throws(Refusal) {
    guard !events.isEmpty else { return }
    do {
      try await notifier.ingest(events)
    } catch {
      callerLines.say(.unwritableLedger, at: now, "\(error)", .error(error))
      throw Refusal(.unavailable, "It could not be written: push it again.", retryAfter: 5)
    }
    bell.raise()
  }

  /// Asks the ledger something.
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

  func silences(includingOver: Bool) async throws(Refusal) -> [Silence] {
    try await ask { try await ledger.silences(includingOver: includingOver) }
  }

  /// Sees whether the ledger answers.
  func probe() async throws(Refusal) { _ = try await ask { try await ledger.nextTimer() } }

  /// A page of what is known of the active alerts, and whether it is the last one.
  func activePage(after last: AlertKey?) async throws -> (records: [AlertRecord], isLast: Bool) {
    let page = try await ledger.records(after: last, activeOnly: true, limit: ServerParts.page)
    return (page, page.count < ServerParts.page)
  }

  private static let page = 1_000

  func audit(_ caller: Caller, _ action: String, _ subject: String, error: String? = nil) {
    let row = OperationRow(emittedAt: now, token: caller.name, action: action, subject: subject, error: error)
    audit.append([row])
    console.say(
      "server: \(caller.name): \(action) \(subject)" + (error.map { ": \($0)" } ?? ""),
      [
        .topic(.server), .text(.caller, caller.name), .text(.action, action), .text(.subject, subject),
      ] + (error.map { [.text(.error, $0)] } ?? [])
    )
  }
}
