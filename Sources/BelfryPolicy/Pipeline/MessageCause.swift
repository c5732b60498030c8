// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Why a message is sent, which may be about several alerts.
enum MessageCause {
  case alert(Decision.Cause.Trigger)
  /// The alerts that waited in a hold are sent together; with the time when it was due, if it is late.
  case released(HoldID, due: Instant?)
  /// The first message of a group, or its next one: how many alerts fired and resolved since.
  case group(begun: Int, ended: Int, firing: Int, isFirst: Bool)
  case burst(count: Int)
  /// A burst continues.
  case update(count: Int, total: Int)
  case resolvedTogether(count: Int)

  /// As a clause; see `Notice.reason`.
  var text: String {
    switch self {
    case .alert(let trigger): trigger.text
    case .released(let id, let due): id.hold.ended + (due.map { "; it was due at \($0.iso8601)" } ?? "")
    case .group(_, _, _, isFirst: true): "first message of its group"
    case .group(0, _, 0, _): "all resolved"
    case .group(0, _, _, _): "some resolved"
    case .group(_, 0, _, _): "more alerts"
    case .group: "more alerts, some resolved"
    case .burst(let count): "\(count) alerts at once"
    case .update(let count, let total): "the burst continues: \(count) more, \(total) in total"
    case .resolvedTogether(let count): "\(count) resolved at once"
    }
  }
}
