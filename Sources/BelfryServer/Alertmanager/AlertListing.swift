// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

/// The JSON list of alerts, written piece by piece.
struct AlertListing: Sendable {
  private var viewing: AlertViewing
  private let filter: AlertFilter
  private let horizon: Instant
  private var writer = JSONWriter()

  init(viewing: AlertViewing, filter: AlertFilter, horizon: Instant) {
    self.viewing = viewing
    self.filter = filter
    self.horizon = horizon
    writer.beginArray()
  }

  /// The next piece, with these records; the first one opens the list.
  mutating func text(of records: [AlertRecord]) -> [UInt8] {
    for record in records {
      let view = viewing.view(of: record)
      if filter.takes(view, memo: &viewing.memo) { view.encode(into: &writer, horizon: horizon) }
    }
    return writer.taken()
  }

  /// The end of the list.
  mutating func end() -> [UInt8] {
    writer.endArray()
    return writer.taken()
  }
}
