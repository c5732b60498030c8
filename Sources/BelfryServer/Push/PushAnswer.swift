// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The answer to a push: the result for each alert.
struct PushAnswer: Sendable {
  var pushed: PushedAlerts

  /// Whether none of the alerts was accepted, though some were sent.
  var isRefused: Bool { pushed.fault != nil || (pushed.alerts.isEmpty && pushed.refusedCount > 0) }

  /// All errors in one line, as Alertmanager's clients show it; nil if all alerts were accepted.
  var complaint: String? {
    if let fault = pushed.fault { return fault }
    guard pushed.refusedCount > 0 else { return nil }
    let named = pushed.refusals.prefix(10).map { "alert \($0.index): \($0.reason)" }
    let rest = pushed.refusedCount - named.count
    return named.joined(separator: "; ") + (rest > 0 ? "; and \(rest) more" : "")
      + " (\(pushed.alerts.count) others were accepted)"
  }

  /// Belfry's own answer: a result for each alert, in the order of the list.
  func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      if let fault = pushed.fault { writer.member("error", fault) }
      writer.member("accepted", pushed.alerts.count)
      writer.member("refused", pushed.refusedCount)
      if !pushed.ignored.isEmpty { writer.member("ignored", pushed.ignored.count) }
      writer.key("results")
      writer.array(results) { $1.encode(into: &$0) }
      if !pushed.remarks.isEmpty { writer.member("remarks", pushed.remarks) }
    }
  }

  private var results: [Result] {
    let taken = pushed.alerts.map { Result(index: $0.index, id: $0.alert.id, isOver: $0.isOver, reason: nil) }
    let refused = pushed.refusals.map { Result(index: $0.index, id: nil, isOver: false, reason: $0.reason) }
    return (taken + refused).sorted { $0.index < $1.index }
  }

  private struct Result {
    var index: Int
    var id: String?
    var isOver: Bool
    var reason: String?

    func encode(into writer: inout JSONWriter) {
      writer.object { writer in
        writer.member("index", index)
        if let id { writer.member("id", id) }
        writer.member("status", reason != nil ? "refused" : isOver ? "resolved" : "firing")
        if let reason { writer.member("error", reason) }
      }
    }
  }
}
