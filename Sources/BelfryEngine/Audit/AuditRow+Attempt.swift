// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryAudit
internal import BelfryLedger
internal import BelfryPolicy

extension AuditRow {
  init(_ attempt: Attempt, at now: Instant) {
    let error: String? =
      switch attempt.verdict {
      case .delivered: nil
      case .partial(_, let reason, _), .retry(_, let reason), .ambiguous(let reason), .rejected(_, let reason):
        reason.code
      }
    self.init(
      emittedAt: now,
      channel: attempt.leased.delivery.channel,
      content: attempt.leased.delivery.content,
      error: error
    )
    if case .partial(let receipt, _, _) = attempt.settlement.result { missed = receipt }
  }

  /// The row of an attempt as the ledger remembers it.
  ///
  /// - Parameters:
  ///   - audited: The attempt.
  ///   - record: Its delivery.
  ///   - failures: The attempts at the delivery that failed.
  init(_ audited: AuditedAttempt, of record: DeliveryRecord, failures: [FailedAttempt]) {
    let failure = failures.first { $0.number == audited.attempt.number }
    self.init(
      emittedAt: audited.at,
      channel: record.delivery.channel,
      content: record.delivery.content,
      error: failure?.reason.code
    )
    attempt = audited.attempt
    // It is the last attempt that the receipt is of.
    let isLast = record.attempts == audited.attempt.number
    if failure != nil, isLast, record.status == .delivered { missed = record.receipt }
  }
}
