// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryLedger
package import BelfryPolicy

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

  /// The alert that is meant: the only active one, or the only one.
  ///
  /// - Throws: `OperationRefusal` when none is, or several are.
  package func record(
    in ledger: any DecisionStore & History,
    _ configuration: Configuration
  ) async throws -> AlertRecord {
    let finder = AlertFinder(ledger: ledger, configuration: configuration)
    let found = try await records(finder)
    let active = found.filter(\.isActive)
    if let record = active.first ?? found.first, active.count == 1 || found.count == 1 { return record }
    if found.isEmpty { throw unknown(try await finder.near(text)) }
    let keys = (active.isEmpty ? found : active).map(\.alert.key.description)
    throw OperationRefusal(
      .ambiguous,
      "\(text) is an alert of \(keys.count) sources. Name one of them: \(keys.joined(separator: " or "))"
    )
  }

  private func records(_ finder: AlertFinder) async throws -> [AlertRecord] {
    switch self {
    case .key(let key): [try await finder.ledger.record(of: key)].compactMap(\.self)
    case .typed(let text): try await finder.alerts(text)
    }
  }

  /// The active alert that is meant.
  ///
  /// - Throws: `OperationRefusal` when none is, or several are.
  func activeRecord(in operations: Operations) async throws -> AlertRecord {
    let finder = AlertFinder(ledger: operations.ledger, configuration: operations.configuration)
    let found = try await records(finder)
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
    return unknown(near)
  }

  private func unknown(_ near: [AlertKey]) -> OperationRefusal {
    OperationRefusal(
      .unknown,
      PrintedText(lines: [AlertReference.unknown(text.truncated(to: 200))] + near.map { "did you mean \($0)?" })
    )
  }

  /// The line about an id that no source ever had.
  static func unknown(_ text: String) -> String { "unknown alert \"\(text)\"" }
}
