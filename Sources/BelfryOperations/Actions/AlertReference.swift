// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryLedger
internal import BelfryPolicy

/// Names one alert, the way an operator does.
package enum AlertReference: Sendable, Hashable {
  /// Exactly this alert, as on a page or in a link.
  case key(AlertKey)
  /// As a person types it: its id, or `source/id`.
  case typed(String)

  package var text: String {
    switch self {
    case .key(let key): key.description
    case .typed(let text): text
    }
  }

  /// The active alert that is meant.
  ///
  /// - Throws: `OperationRefusal` when none is, or several are.
  func activeRecord(in operations: Operations) async throws -> AlertRecord {
    let finder = AlertFinder(ledger: operations.ledger, configuration: operations.configuration)
    let found: [AlertRecord] =
      switch self {
      case .key(let key): [try await operations.ledger.record(of: key)].compactMap(\.self)
      case .typed(let text): try await finder.alerts(text)
      }
    let active = found.filter(\.isActive)
    if let record = active.first, active.count == 1 { return record }
    let near = found.isEmpty ? try await finder.near(text) : []
    throw refusal(found, near, TimeText(now: operations.now))
  }

  private func refusal(_ found: [AlertRecord], _ near: [AlertKey], _ time: TimeText) -> OperationRefusal {
    let active = found.filter(\.isActive).map(\.alert.key.description)
    if !active.isEmpty {
      let keys = active.joined(separator: " or ")
      return OperationRefusal(.ambiguous, "\(text) is active in \(active.count) sources. Name one of them: \(keys)")
    }
    if let ended = found.first {
      let when = ended.resolvedAt.map { " \(time.full($0))" } ?? ""
      return OperationRefusal(.ended, "\(ended.alert.key) is not active: it resolved\(when)")
    }
    return OperationRefusal(
      .unknown,
      PrintedText(lines: [AlertReference.unknown(text.truncated(to: 200))] + near.map { "did you mean \($0)?" })
    )
  }

  /// The line about an id that no source ever had.
  static func unknown(_ text: String) -> String { "unknown alert \"\(text)\"" }
}
