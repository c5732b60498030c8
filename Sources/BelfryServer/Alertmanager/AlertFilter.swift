// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

/// The filter of a query for alerts.
struct AlertFilter: Sendable {
  private var matcher = Matcher()
  private var receiver: Patterns?
  private var wantsActive = true
  private var wantsSilenced = true
  private var wantsInhibited = true

  /// Reads the parameters of `GET /api/v2/alerts` and `/alerts/groups`.
  init(_ query: Query) throws(Refusal) {
    matcher = try Matcher(reading: query.matchers("filter"))
    receiver = try query.all("receiver").last.map { text throws(Refusal) in
      try AlertmanagerMatcher(name: "receiver", value: text, isRegex: true).readPatterns()
    }
    wantsActive = try query.flag("active", otherwise: true)
    wantsSilenced = try query.flag("silenced", otherwise: true)
    wantsInhibited = try query.flag("inhibited", otherwise: true)
    // Ignored: every alert here was processed before it was stored, so none is unprocessed.
    _ = try query.flag("unprocessed", otherwise: true)
  }

  func takes(_ view: AlertView, memo: inout MatchMemo) -> Bool {
    if view.isSilenced && !wantsSilenced { return false }
    if view.isInhibited && !wantsInhibited { return false }
    if !view.isSilenced && !view.isInhibited && !wantsActive { return false }
    if let receiver, !view.receivers.contains(where: { receiver.matches($0.name, memo: &memo) }) { return false }
    return matcher.matches(view.record.alert, memo: &memo)
  }
}
