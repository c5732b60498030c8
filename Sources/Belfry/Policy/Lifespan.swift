// SPDX-License-Identifier: Apache-2.0

/// Until when an alert is active unless its source says so again.
package struct Expiry: Sendable, Hashable {
  package var at: Instant
  /// Whether the source named no end, so that this is only how long its word holds.
  package var isTimeout: Bool

  package init(at: Instant, isTimeout: Bool = false) {
    self.at = at
    self.isTimeout = isTimeout
  }
}

/// From when until when an alert is active, as one statement about it says.
struct Lifespan: Hashable {
  var start: Instant
  /// Nil as long as its source holds it.
  var expiry: Expiry?

  /// What two statements about one alert say together, the newer of which came while the alert was active.
  ///
  /// These are Alertmanager's rules: `Alerts.Put` in `provider/mem/mem.go` merges only what overlaps, and `Alert.Merge` in
  /// `types/types.go` takes the earlier start and the newer end, unless the older end is later and was named. They differ in
  /// one thing: there a named end that was taken over counts as a time-out from then on, and is lost with the next statement
  /// that names none; here it holds.
  func merged(with newer: Lifespan) -> Lifespan {
    guard overlaps(newer) else { return newer }
    var merged = newer
    merged.start = min(start, newer.start)
    if let expiry, !expiry.isTimeout, let other = newer.expiry, expiry.at > other.at { merged.expiry = expiry }
    return merged
  }

  private func overlaps(_ newer: Lifespan) -> Bool {
    if let end = newer.expiry?.at, end > start, expiry.map({ end < $0.at }) ?? true { return true }
    return newer.start > start && expiry.map { newer.start < $0.at } ?? true
  }
}

extension Alert {
  /// What it says after an older statement about the same activation, and until when it is active.
  ///
  /// - Parameters:
  ///   - older: the alert as it was said to be, and until when.
  ///   - since: when the older one began if it does not say so itself.
  ///   - expiry: until when this one is active.
  ///   - now: when this one begins if it does not say so itself.
  /// - Returns: the alert, with the start that holds, and until when it is active.
  func merged(
    after older: (alert: Alert, expiry: Expiry?),
    since: Instant,
    until expiry: Expiry?,
    at now: Instant
  ) -> (alert: Alert, expiry: Expiry?) {
    let before = Lifespan(start: older.alert.statedStart ?? since, expiry: older.expiry)
    let after = Lifespan(start: statedStart ?? now, expiry: expiry)
    let both = before.merged(with: after)
    var alert = self
    if firstSeen.isEmpty || both.start < after.start {
      let isKnown = firstSeen.isEmpty || !older.alert.firstSeen.isEmpty
      alert.firstSeen = isKnown ? older.alert.firstSeen : both.start.iso8601
    }
    return (alert, both.expiry)
  }

  /// When it began, as its source says; the zero time of Go, year 1, stands for none.
  private var statedStart: Instant? {
    Instant(iso8601: firstSeen).flatMap { $0 < Instant(seconds: 0) ? nil : $0 }
  }
}
