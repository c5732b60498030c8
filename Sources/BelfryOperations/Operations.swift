// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryAudit
package import BelfryConfiguration
package import BelfryEngine
package import BelfryLedger
package import BelfryTransport

/// Performs what operators do, in one place for the command line, HTTP, MCP and the cockpit.
///
/// Each action is a value in `Actions/`. It is decided, committed, logged and audited here, once.
package struct Operations: Sendable {
  package let ledger: any Ledger
  /// Decides about events.
  package let engine: any Engine
  private let transport: any Transport
  package let time: any TimeSource
  private let audit: AuditLog
  /// Logs each action; nil for a command, whose output reports it.
  private let console: Console?
  private let live: @Sendable () -> Configuration

  package init(
    ledger: any Ledger,
    engine: any Engine,
    transport: any Transport,
    audit: AuditLog,
    time: any TimeSource,
    console: Console? = nil,
    configuration: @escaping @Sendable () -> Configuration
  ) {
    self.ledger = ledger
    self.engine = engine
    self.transport = transport
    self.audit = audit
    self.time = time
    self.console = console
    live = configuration
  }

  /// The configuration in force.
  package var configuration: Configuration { live() }
  package var now: Instant { time.now() }

  /// Sends to channels past the ledger.
  var tester: ChannelTester {
    ChannelTester(transport: transport, configuration: configuration, time: time, audit: audit)
  }

  /// Performs an action and records it, with the failure if it failed.
  ///
  /// - Throws: `OperationRefusal` when the action cannot be applied; another error when the ledger failed.
  package func perform<A: Action>(_ action: A, by actor: Operator) async throws -> A.Outcome {
    do {
      let outcome = try await action.perform(in: self, by: actor)
      record(action.name, on: outcome.subject, by: actor, error: outcome.failure)
      return outcome
    } catch {
      let code = (error as? OperationRefusal)?.code.rawValue ?? "failed"
      record(action.name, on: action.subject, by: actor, error: code)
      throw error
    }
  }

  /// Writes the row of the audit log, and a line of the log.
  package func record(_ action: ActionName, on subject: String, by actor: Operator, error: String? = nil) {
    let subject = subject.oneLine.truncated(to: Operations.subjectLimit)
    audit.append([
      OperationRow(emittedAt: now, actor: actor, action: action.rawValue, subject: subject, error: error)
    ])
    console?.say(
      "\(actor.way.rawValue): \(actor.name): \(action.rawValue) \(subject)" + (error.map { ": \($0)" } ?? ""),
      [
        .topic(.server), .text(.caller, actor.name), .text(.action, action.rawValue), .text(.subject, subject),
      ] + (error.map { [.text(.error, $0)] } ?? [])
    )
  }

  /// A subject may name several dead letters.
  private static let subjectLimit = 200
}

/// The name of an action in the audit log and in the log.
package enum ActionName: String, Sendable, CaseIterable {
  case acknowledge = "ack"
  case unacknowledge = "unack"
  case addSilence = "silence.add"
  case changeSilence = "silence.change"
  case endSilence = "silence.end"
  case retryDeadLetters = "dead.retry"
  case dropDeadLetters = "dead.drop"
  case sendAlert = "alert.send"
  case resolveAlert = "alert.resolve"
  case sendTest = "test.send"
  case flushDigest = "digest.flush"
  case login
}

/// Something an operator can do.
package protocol Action: Sendable {
  associatedtype Outcome: ActionOutcome

  var name: ActionName { get }
  /// What the action is applied to, as the operator named it: the audit log records it when the action fails.
  var subject: String { get }

  /// - Throws: `OperationRefusal` when the action cannot be applied.
  func perform(in operations: Operations, by actor: Operator) async throws -> Outcome
}

/// The result of an action that was carried out.
package protocol ActionOutcome: Sendable {
  /// What the action was applied to, by its full identity.
  var subject: String { get }
  /// The code of a failure that the outcome reports; nil when everything succeeded.
  var failure: String? { get }
}

extension ActionOutcome {
  package var failure: String? { nil }
}

/// States why an action or a report is refused, for the person who asked.
package struct OperationRefusal: Error, Sendable, Hashable, CustomStringConvertible {
  /// The reason, as the audit log records it.
  package enum Code: String, Sendable {
    /// Nothing has this name.
    case unknown
    /// Several have this name.
    case ambiguous
    /// The alert or the silence is over.
    case ended
    /// The request is invalid.
    case invalid
    /// It is not allowed here.
    case refused
  }

  package let code: Code
  /// May have several lines; each is safe to print.
  package let description: String

  package init(_ code: Code, _ message: PrintedText) {
    self.code = code
    description = message.text
  }
}
