// SPDX-License-Identifier: Apache-2.0

/// How long ago an alert was first seen: `42s ago`, `3m ago`, `5h ago`, `2d ago`.
///
/// - Parameters:
///   - firstSeen: The time as its source wrote it. A future or unreadable time is shown unchanged.
///   - now: The current time.
/// - Returns: `(unknown)` if there is no time.
public func relativeTime(firstSeen: String, now: Instant) -> String {
  guard !firstSeen.isEmpty else { return "(unknown)" }
  guard let seen = Instant(iso8601: firstSeen), seen <= now else { return firstSeen }
  let seconds = (now - seen).components.seconds
  return switch seconds {
  case ..<60: "\(seconds)s ago"
  case ..<3600: "\(seconds / 60)m ago"
  case ..<86_400: "\(seconds / 3600)h ago"
  default: "\(seconds / 86_400)d ago"
  }
}
