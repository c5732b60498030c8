// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryConfiguration
internal import BelfryEngine
package import BelfryLedger
internal import BelfryPolicy

/// One line about an alert.
package struct StoryLine: Sendable, Hashable, CustomStringConvertible {
  package var text: String
  /// Whether it says more about the line above it.
  package var isInner = false

  package var description: String { isInner ? "    " + text : text }
}

extension AlertStory {
  /// Its standing, what it is, what happened to it, and what happens next.
  package func lines(_ time: TimeText, _ notes: RuleNotes) -> [StoryLine] {
    var lines = [sentence(time), subject, activity(time)].map { StoryLine(text: $0) }
    lines += inner(remarks) + [StoryLine(text: "")]
    if let prunedAt { lines.append(StoryLine(text: "… older history was pruned on \(time.full(prunedAt))")) }
    if hasEarlier { lines.append(StoryLine(text: "… earlier decisions not shown; --last \(last * 10) shows more")) }
    var looks = investigations[...]
    for recorded in decisions {
      while let look = looks.first, look.at < recorded.at {
        lines += lookedInto(look, time)
        looks.removeFirst()
      }
      lines += sent(recorded, time, notes)
    }
    lines += looks.flatMap { lookedInto($0, time) }
    return lines + ([""] + next(time, notes)).map { StoryLine(text: $0) }
  }

  private var subject: String {
    let alert = record.alert
    let category = alert.category.isEmpty ? "" : ", category \(alert.category)"
    let labels = alert.labels.map { ", \($0.name)=\($0.value)" }.joined()
    return "\(alert.severity) \(key) “\(alert.title.oneLine)”\(category)\(labels)"
  }

  /// The alert's annotations and links, one per line, except those that repeat what is shown already.
  private var remarks: [String] {
    let alert = record.alert
    let annotations = alert.annotations.filter { !$0.value.isExactly(alert.title) }
    let links = self.links.named.filter { link in
      !link.url.isEmpty && !annotations.contains { $0.value.isExactly(link.url) }
    }
    return annotations.map { "annotation \($0.name): \($0.value.oneLine.truncated(to: 1_000))" }
      + links.map { "link \($0.name): \($0.url)" }
  }

  private func activity(_ time: TimeText) -> String {
    let begin = record.firedAt
    var parts = [record.isActive ? "active since \(time.full(begin))" : "active from \(time.local(begin))"]
    if let end = record.resolvedAt, !record.isActive { parts[0] += " to \(time.local(end))" }
    if record.isFlapping { parts.append("flapping") }
    if let acknowledgement = record.acknowledgement {
      let comment = acknowledgement.comment.isEmpty ? "" : " (\(acknowledgement.comment))"
      parts.append("acknowledged by \(acknowledgement.by) \(time.full(acknowledgement.at))\(comment)")
    }
    return parts.joined(separator: "; ")
  }

  private func sent(_ recorded: RecordedDecision, _ time: TimeText, _ notes: RuleNotes) -> [StoryLine] {
    let decision = recorded.decision
    let what: String =
      switch decision.outcome {
      case .notify(let channels): "notify \(decision.severity) → \(channels.map(\.name).joined(separator: ", "))"
      case .hold(let until?): "hold \(decision.severity) until \(time.local(until))"
      case .hold(nil): "hold \(decision.severity)"
      case .suppress: "suppress \(decision.severity)"
      }
    let rule = "(\(decision.rule))" + (notes.note(of: decision.rule).map { " “\($0)”" } ?? "")
    let line = "\(time.full(recorded.at)) \(what): \(decision.reason) \(rule)"
    return [StoryLine(text: line)] + inner(decision.deliveries.flatMap { attempts(at: $0, time) })
  }

  private func inner(_ lines: [String]) -> [StoryLine] { lines.map { StoryLine(text: $0, isInner: true) } }

  private func lookedInto(_ look: RecordedInvestigation, _ time: TimeText) -> [StoryLine] {
    let what = look.error.map { "not investigated (\($0)); the event was sent" } ?? "investigated; the answer was sent"
    return [StoryLine(text: "\(time.full(look.at)) \(what) to \(look.channel)")]
      + inner(attempts(at: look.delivery, time))
  }

  /// The result of a delivery, attempt by attempt.
  private func attempts(at id: DeliveryID, _ time: TimeText) -> [String] {
    guard let delivery = deliveries[id] else { return ["delivery \(id): no longer in the ledger"] }
    let name = delivery.delivery.channel.name
    var lines = (failures[id] ?? []).map { failure in
      let isDelivered = delivery.status == .delivered
      let end = isDelivered ? "delivered to the others" : delivery.status == .forwarded ? "forwarded" : "given up"
      let next = failure.retryAt.map { "retry at \(time.local($0))" } ?? end
      return "\(name): attempt \(failure.number) failed \(time.full(failure.at)): \(failure.reason.clause); \(next)"
    }
    switch delivery.status {
    case .delivered:
      let attempt = delivery.attempts > 1 ? " on attempt \(delivery.attempts)" : ""
      let when = time.full(delivery.settledAt ?? delivery.createdAt)
      lines.append("\(name): delivered \(when)\(attempt), id \(id)\(remark(on: delivery))")
    case .pending: lines.append("\(name): pending, \(state(of: delivery, time)), id \(id)")
    case .dead:
      lines.append("\(name): DEAD LETTER since \(time.full(delivery.settledAt ?? delivery.createdAt)), id \(id)")
    case .dropped:
      lines.append("\(name): discarded manually \(time.full(delivery.settledAt ?? delivery.createdAt)), id \(id)")
    case .withdrawn:
      let reason = delivery.lastReason?.text ?? ""
      lines.append("\(name): not sent \(time.full(delivery.settledAt ?? delivery.createdAt)), id \(id): \(reason)")
    case .forwarded:
      let reason = delivery.lastReason?.clause ?? "no reason recorded"
      let other = delivery.successor.flatMap { deliveries[$0]?.delivery.channel.name } ?? "another channel"
      lines.append("\(name): forwarded to \(other) \(time.full(delivery.settledAt ?? delivery.createdAt)): \(reason)")
      if let successor = delivery.successor { lines += attempts(at: successor, time) }
    }
    return lines
  }

  /// What its receipt says besides that it was delivered.
  private func remark(on delivery: DeliveryRecord) -> String {
    (delivery.receipt?.remarks ?? []).map { "; \($0)" }.joined()
  }

  /// Until when a pending delivery is so, and why.
  package func state(of delivery: DeliveryRecord, _ time: TimeText) -> String {
    if delivery.waitsFor != nil { return "waiting until an earlier message about it is delivered" }
    let failed = failures[delivery.delivery.id]?.count ?? 0
    if delivery.attempts > failed {
      return "attempt \(delivery.attempts) in progress until \(time.local(delivery.visibleAt)) at the latest"
    }
    let after = failed == 0 ? "" : ", after \(counted(failed, "failed attempt"))"
    // The reason for a failed attempt is in the line of the attempt.
    let isPlain = failed > 0 && circuits[delivery.delivery.channel] == nil
    guard !isPlain, let wait = wait(of: delivery, time) else {
      return failed == 0 ? "not attempted yet" : "next attempt \(time.full(delivery.visibleAt))\(after)"
    }
    return "next attempt \(time.full(wait.until))\(after): \(wait.reason)"
  }
}

// MARK: - What is to come

extension AlertStory {
  private func next(_ time: TimeText, _ notes: RuleNotes) -> [String] {
    var steps = record.holds.map { (due[$0], release($0, notes)) }
    for delivery in pendingDeliveries {
      let attempt = (failures[delivery.delivery.id]?.count ?? 0) + 1
      steps.append(
        (
          wait(of: delivery, time)?.until ?? delivery.visibleAt,
          "delivery attempt \(attempt) to \(delivery.delivery.channel)"
        )
      )
    }
    steps += upcoming.map { ($0.due, step($0, notes)) }
    let ordered = steps.sorted { ($0.0?.microseconds ?? .max) < ($1.0?.microseconds ?? .max) }
    var lines = ordered.map { due, text in
      "next: " + (due.map { "\(time.local($0)) (\(time.dueText($0))): " } ?? "") + text
    }
    if ordered.contains(where: { $0.0.map { $0 + .seconds(60) < time.now } ?? false }) {
      lines.append("something is overdue: is `belfry run` running?")
    }
    lines += conditions
    return lines.isEmpty ? ["next: nothing"] : lines
  }

  private func release(_ list: HoldID, _ notes: RuleNotes) -> String {
    let shown = waitRules[list].map { " (\($0))" + (notes.note(of: $0).map { " “\($0)”" } ?? "") } ?? ""
    guard let id = list.silence, let silence = silences[id] else { return list.next(rule: shown) }
    return "\(silence.shown) ends; sent then if still firing"
  }

  private func step(_ upcoming: Upcoming, _ notes: RuleNotes) -> String {
    let channels = upcoming.channels.map(\.name).joined(separator: ", ")
    let rule = upcoming.rule.map { " (\($0))" + (notes.note(of: $0).map { " “\($0)”" } ?? "") } ?? ""
    return switch upcoming.kind {
    case .reminder: "reminder to \(channels) if still firing\(rule)"
    case .escalation: "escalation to \(channels) unless acknowledged: belfry ack \(key)\(rule)"
    case .settling: "no longer flapping if it has not changed by then\(rule)"
    case .expiry: "resolves automatically unless it is sent again"
    }
  }

  /// What follows when something happens, whenever that is.
  private var conditions: [String] {
    var lines: [String] = []
    if standing == .dead {
      let letters = latest(.dead).map { "belfry dead show \($0.delivery.id.text.suffix(8))" }
      lines.append(
        "dead letters are not retried automatically; for what to do, run: \(letters.joined(separator: ", "))"
      )
    }
    guard record.isActive else { return lines }
    if record.acknowledgement != nil { lines.append("acknowledged: no reminders or escalation until it resolves") }
    if standing == .dropped { lines.append("if it gets more severe: the rules are applied again") }
    lines += endings.map { "when it resolves: sent to \($0.channels.map(\.name).joined(separator: ", ")) (\($0.rule))" }
    if endings.isEmpty, !record.openNotifications.isEmpty {
      lines.append("when it resolves: nobody is notified, because none of its routes has \"resolved\": true")
    }
    return lines
  }

  /// Deliveries of it that are still to be made.
  package var pendingDeliveries: [DeliveryRecord] {
    deliveries.values.filter { $0.status == .pending }.sorted { $0.delivery.id < $1.delivery.id }
  }
}
