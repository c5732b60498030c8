// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// Belfry's own alert while a source has not been read successfully for too long.
///
/// An unreadable source hides everything behind it, so the alert is as severe as the worst that the source could
/// report.
package struct SourceSilence: Sendable {
  private let source: SourceName
  /// Nil for three times the source's period.
  private let limit: Duration?
  private var isRaised: Bool

  package init(_ source: SourceName, limit: Duration?, isRaised: Bool) {
    self.source = source
    self.limit = limit
    self.isRaised = isRaised
  }

  package static let prefix = "source/"
  package static func id(_ source: SourceName) -> String { prefix + source.name }

  /// The event for the source's current state: the alert starts, ends, or neither.
  ///
  /// `since` is when it was last read successfully; `trouble` is the reason why it is unreadable, nil if it is
  /// readable.
  package mutating func judge(
    since: Instant,
    trouble: String?,
    active: Int,
    every: Duration,
    at now: Instant
  ) -> Event? {
    let isSilent = now - since > (limit ?? every * 3)
    guard isSilent != isRaised else { return nil }
    isRaised = isSilent
    let key = AlertKey(source: .belfry, id: SourceSilence.id(source))
    return isSilent ? .fired(alarm(key, since, trouble, active, now)) : .resolved(key)
  }

  private func alarm(_ key: AlertKey, _ since: Instant, _ trouble: String?, _ active: Int, _ now: Instant) -> Alert {
    let held =
      switch active {
      case 0: "It had no active alerts."
      case 1: "Its 1 alert stays active."
      default: "Its \(active) alerts stay active."
      }
    return Alert(
      source: key.source,
      id: key.id,
      severity: .critical,
      category: "source_silent",
      title: "No new data from source \(source) for \((now - since).text)",
      detail: "\(trouble.map { "It cannot be read: \($0)." } ?? "Its data is that old.") \(held)"
        + " Belfry cannot see new alerts from it until this is fixed.",
      firstSeen: since.iso8601
    )
  }
}
