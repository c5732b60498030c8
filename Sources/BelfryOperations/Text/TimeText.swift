// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import Foundation

/// Times for people: in local time, and relative to now.
package struct TimeText: Sendable {
  package let now: Instant
  package var zone: TimeZone

  package init(now: Instant, zone: TimeZone = TimeText.localZone) {
    self.now = now
    self.zone = zone
  }

  package static var localZone: TimeZone { .current }

  /// `2026-11-24T13:00:04+01:00 (3m ago)`.
  package func full(_ moment: Instant) -> String { "\(local(moment)) (\(relative(moment)))" }

  /// `2026-11-24T13:00:04+01:00`, to the second.
  package func local(_ moment: Instant) -> String {
    let seconds = Int64((Double(moment.microseconds) / 1_000_000).rounded(.down))
    let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds)))
    let text = Instant(seconds: seconds + Int64(offset)).iso8601.dropLast()
    guard offset != 0 else { return text + "Z" }
    let minutes = abs(offset) / 60
    return "\(text)\(offset < 0 ? "-" : "+")\((minutes / 60).padded(to: 2)):\((minutes % 60).padded(to: 2))"
  }

  /// `3m ago`, `in 2h10m`, `now`.
  package func relative(_ moment: Instant) -> String {
    if moment > now { return "in \(TimeText.rough(moment - now))" }
    let past = now - moment
    return past < .seconds(1) ? "now" : "\(TimeText.rough(past)) ago"
  }

  /// A future time: `in 12m`, or `is due since 3m` if it has passed.
  package func dueText(_ moment: Instant) -> String {
    if moment > now { return "in \(TimeText.rough(moment - now))" }
    return now - moment < .seconds(60) ? "now" : "overdue by \(TimeText.rough(now - moment))"
  }

  /// At most two units, minutes and seconds never combined: `40s`, `12m`, `3h50m`, `2d3h`.
  package static func rough(_ duration: Duration) -> String {
    let seconds = max(1, duration.components.seconds)
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60)
    return switch seconds {
    case ..<60: "\(seconds)s"
    case ..<3600: "\(minutes)m"
    case ..<86_400: "\(hours)h" + (minutes > 0 ? "\(minutes)m" : "")
    default: "\(days)d" + (hours > 0 ? "\(hours)h" : "")
    }
  }
}
