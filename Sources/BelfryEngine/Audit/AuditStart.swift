// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryAudit
package import BelfryLedger

extension LedgerLoss {
  /// What is lost, and how that is known.
  package var text: String {
    switch self {
    case .last(1): "its last commit is missing: the audit log is newer"
    case .last(let count): "its last \(count) commits are missing: the audit log is newer"
    case .all(let count):
      "it does not belong to this audit log: all \(count) commits of the original ledger are missing"
    }
  }
}

/// Compares the ledger with the audit log at a start: each records how far the other has come.
package struct AuditStart: Sendable {
  private let ledger: any AuditedLedger
  private let console: Console

  package init(ledger: any AuditedLedger, console: Console) {
    self.ledger = ledger
    self.console = console
  }

  /// Compares the ledger with its position in the audit log, and reports a loss.
  package func compare(with log: String) async throws {
    let note = LogFiles.end(of: log)
    try await noteRestart(of: note?.end)
    guard let noted = note?.ledger else { return }
    guard let loss = noted.loss(now: try await ledger.position()) else { return }
    console.fail(
      "ledger: \(loss.text). Their content is lost; see the operator's runbook",
      .topic(.ledger),
      .number(.lost, loss.commits)
    )
    // A new ledger has lost nothing: it is not damaged.
    if case .last(let count) = loss { try await ledger.noteLoss(of: count, upTo: noted) }
  }

  /// Records that the log began again: its earlier rows were moved away and can no longer be compared.
  private func noteRestart(of end: ChainEnd?) async throws {
    let kept = try await ledger.marks(beginning: AuditPosition.ledgerMark)[AuditPosition.ledgerMark]
    guard let known = kept.flatMap(ChainEnd.init(text:)), known.number > end?.number ?? 0 else { return }
    try await ledger.note(marks: [AuditPosition.restartMark: known.text])
  }

  /// Attempts that an earlier process settled and that may have no row in the audit log.
  ///
  /// Call it before this process settles any attempt. The limit is below the number of rows that may wait; the next start
  /// handles the rest.
  package func unaudited() async throws -> [AuditedAttempt] { try await ledger.unauditedAttempts(limit: 50_000) }
}
