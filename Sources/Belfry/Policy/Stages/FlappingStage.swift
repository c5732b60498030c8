// SPDX-License-Identifier: Apache-2.0

/// Finds what goes on and off too often to be told each time.
struct FlappingStage {
  let rule: FlappingRule?

  /// Notes that an alert began or ended.
  func note(_ record: inout AlertRecord, at now: Instant, times: Int = 1) {
    guard let rule else { return }
    record.changes += repeatElement(now, count: min(times, rule.over + 1))
    // A change that is still to come was noted by a clock that was wrong.
    record.changes.removeAll { $0 + rule.within <= now || $0 > now }
    // More than these say no more.
    record.changes.removeFirst(max(0, record.changes.count - rule.over - 1))
    if record.changes.count > rule.over { record.isFlapping = true }
  }

  /// When a flapping alert has settled, if nothing changes until then; nil for one that does not flap.
  func settles(_ record: AlertRecord) -> Instant? {
    guard record.isFlapping else { return nil }
    // The rule is no longer in the file: it settles now.
    guard let rule, let last = record.changes.last else { return record.firedAt }
    return last + rule.within
  }
}
