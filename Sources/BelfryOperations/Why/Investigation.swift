// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryAudit
internal import BelfryEngine

/// An investigation of an alert, according to the audit log.
package struct Investigation: Sendable, Hashable {
  package var at: Instant
  /// The channel of the answer, and its delivery.
  package var channel: ChannelName
  package var delivery: DeliveryID
  /// The code of the reason why there is no answer; nil if there is one.
  package var error: String?

  package init(at: Instant, channel: ChannelName, delivery: DeliveryID, error: String? = nil) {
    self.at = at
    self.channel = channel
    self.delivery = delivery
    self.error = error
  }

  /// The investigations of an alert, latest last; files of the log that end before `earliest` are not read.
  ///
  /// - Throws: if the log cannot be read, or `WorkDeadline.Overdue` if that takes too long.
  static func all(
    of alert: Alert,
    in log: String,
    since earliest: Instant,
    by deadline: WorkDeadline?
  ) async throws -> [Investigation] {
    var reader = AuditReader(path: log, since: earliest)
    var found: [Investigation] = []
    try deadline?.check()
    while let piece = try await reader.readPiece() {
      try deadline?.check()
      for line in piece.lines where mayConcern(line) {
        guard let row = AuditLine(String(decoding: line, as: UTF8.self)), let look = Investigation(row, of: alert),
          look.at >= earliest
        else { continue }
        found.append(look)
      }
    }
    return found.sorted { $0.at < $1.at }
  }

  /// - Returns: nil for a row that is not about this alert.
  init?(_ row: AuditLine, of alert: Alert) {
    let isOfIt =
      switch row.seam {
      case AuditSeam.alertInvestigated:
        row.value(of: "subject")?.isExactly(alert.id) == true
          && (row.value(of: "alert_source").map { $0 == alert.source.name } ?? true)
      // A probe has one alert, and each bad result is about that one.
      case AuditSeam.probeInvestigated:
        row.value(of: "subject") == alert.source.name && row.value(of: "category")?.isExactly(alert.category) == true
      default: false
      }
    guard isOfIt, let moment = row.emittedAt, let channel = row.value(of: "channel"),
      let delivery = row.value(of: "delivery")
    else { return nil }
    self.init(
      at: moment,
      channel: ChannelName(channel),
      delivery: DeliveryID(delivery),
      error: row.value(of: "error")
    )
  }

  /// A quick check: most rows need no parsing, because the event type is near the start.
  private static func mayConcern(_ line: ArraySlice<UInt8>) -> Bool {
    String(decoding: line.prefix(200), as: UTF8.self).contains(".investigation_completed")
  }
}
