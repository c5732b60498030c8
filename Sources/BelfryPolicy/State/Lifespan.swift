// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// When an active alert ends unless its source reports it again.
package struct Expiry: Sendable, Hashable {
  package var at: Instant
  /// Whether the source stated no end, so that this is only a timeout.
  package var isTimeout: Bool

  package init(at: Instant, isTimeout: Bool = false) {
    self.at = at
    self.isTimeout = isTimeout
  }
}

/// The period in which an alert is active, according to one statement about it.
struct Lifespan: Hashable {
  var start: Instant
  /// Nil as long as its source keeps it active.
  var expiry: Expiry?

  /// Combines two statements about one alert, the newer of which arrived while the alert was active.
  ///
  /// These are Alertmanager's rules: `Alerts.Put` in `provider/mem/mem.go` only merges overlapping periods, and
  /// `Alert.Merge` in `types/types.go` takes the earlier start and the newer end, unless the older end is later and was
  /// stated. There is one difference: in Alertmanager, a stated end that was kept counts as a timeout from then on, and
  /// is lost with the next statement without an end; here it stays.
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
  /// The combination with an older statement about the same activation.
  ///
  /// - Parameters:
  ///   - older: The alert in the older statement, and its end.
  ///   - since: When the older one started if it does not state that itself.
  ///   - expiry: The end in this statement.
  ///   - now: When this one started if it does not state that itself.
  /// - Returns: the alert with the resulting start, and its resulting end.
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

  /// The start stated by its source; Go's zero time, year 1, means none.
  private var statedStart: Instant? {
    Instant(iso8601: firstSeen).flatMap { $0 < Instant(seconds: 0) ? nil : $0 }
  }
}
