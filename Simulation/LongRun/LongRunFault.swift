// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger

/// What a long run finds wrong.
enum LongRunFault: Hashable, CustomStringConvertible {
  /// An alert that ended a day ago is unknown.
  case unknown(AlertKey)
  /// An alert whose end was pushed is active, or waits.
  case notEnded(AlertKey)
  /// A message about an alert was not delivered.
  case notSent(AlertKey, DeliveryRecord.Status)
  /// No message about an alert was sent, and its last decision is not to send one.
  case unexplained(AlertKey)
  /// A message that is said to be about an alert does not contain it.
  case notContained(AlertKey, in: DeliveryID)
  /// An alert is not accounted for.
  case unaccounted(AccountingAudit.Offender)
  /// A channel waits longer than any retry could.
  case stuck(ChannelName, until: Instant)
  /// Another number of messages arrived than the ledger counts as delivered.
  case arrived(Int, delivered: Int)
  /// Messages are pending or dead letters at the end.
  case open(Int)
  /// The hours count another number of alerts than were pushed.
  case fired(Int, pushed: Int)
  /// Another number of alerts is active at the end than were left so.
  case active(Int)
  /// The run itself read the same messages again and again, so that its time grows faster than its load.
  case rereads(entries: Int, alerts: Int)
  /// `audit verify` is not satisfied.
  case audit(faults: Int, lost: Int, missing: Int, surplus: Int)
  /// After all history is over, a table has another number of rows than what is still needed takes.
  case rows(Int, of: String, needed: Int)

  var description: String {
    switch self {
    case .unknown(let alert): "\(alert) is unknown although it ended only a day ago"
    case .notEnded(let alert): "\(alert) has not ended"
    case .notSent(let alert, let status): "a message about \(alert) is \(status)"
    case .unexplained(let alert): "\(alert) was not sent, and no decision says why"
    case .notContained(let alert, let message): "the message \(message) does not contain \(alert)"
    case .unaccounted(let offender): "\(offender.alert): \(offender.faults.joined(separator: ", "))"
    case .stuck(let channel, let until): "channel \(channel) waits until \(until.iso8601)"
    case .arrived(let count, let delivered): "\(delivered) messages were delivered, but \(count) arrived"
    case .open(let count): "\(counted(count, "message")) not delivered at the end"
    case .fired(let count, let pushed): "\(pushed) alerts were pushed, but \(count) are counted"
    case .active(let count): "\(counted(count, "alert")) active at the end"
    case .rereads(let entries, let alerts): "for \(alerts) alerts, messages with \(entries) of them were read"
    case .audit(let faults, let lost, let missing, let surplus):
      "audit verify: \(faults) faults, \(lost) rows lost, \(missing) missing, \(surplus) surplus"
    case .rows(let count, let table, let needed): "\(count) rows of \(table) are left, and \(needed) are needed"
    }
  }
}

/// What a long run can lose on purpose, to show that it finds such a loss.
enum LongRunLoss: String, CaseIterable {
  /// An alert for the digest fires, but the notifier never gets it.
  case alert
  /// A message counts as delivered, but does not arrive.
  case message
  /// A digest does not contain one of its alerts.
  case entry

  /// Whether a run with this load found the loss, among other faults.
  func isFound(in faults: [LongRunFault], of load: LongRunLoad) -> Bool {
    faults.contains { fault in
      switch (self, fault) {
      case (.alert, .unknown(load.lost)), (.entry, .notContained(load.lost, in: _)): true
      case (.message, .arrived(let count, let delivered)): count == delivered - 1
      default: false
      }
    }
  }
}
