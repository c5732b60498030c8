// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Detects alerts that start and end too often to be sent each time.
struct FlappingStage {
  let rule: FlappingRule?

  /// Records that an alert started or ended.
  func note(_ record: inout AlertRecord, at now: Instant, times: Int = 1) {
    guard let rule else { return }
    record.changes += repeatElement(now, count: min(times, rule.over + 1))
    // A change in the future was recorded with a wrong clock.
    record.changes.removeAll { $0 + rule.within <= now || $0 > now }
    // Older changes do not matter any more.
    record.changes.removeFirst(max(0, record.changes.count - rule.over - 1))
    if record.changes.count > rule.over { record.isFlapping = true }
  }

  /// When a flapping alert settles, if nothing changes before; nil if it does not flap.
  func settles(_ record: AlertRecord) -> Instant? {
    guard record.isFlapping else { return nil }
    // The rule is no longer in the file: it settles now.
    guard let rule, let last = record.changes.last else { return record.firedAt }
    return last + rule.within
  }
}
