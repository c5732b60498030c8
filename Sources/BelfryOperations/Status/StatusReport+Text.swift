// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryPolicy

/// One line of `belfry status`.
package struct StatusLine: Sendable, Hashable, CustomStringConvertible {
  /// What the line is about, such as `channel`; a page that has a heading for that leaves it out.
  package var topic: String
  package var text: String

  init(_ topic: String, _ text: String) {
    self.topic = topic
    self.text = text
  }

  package var description: String { "\(topic) \(text)" }
}

extension StatusReport {
  /// What needs someone first, then the rest.
  package func lines(_ time: TimeText) -> [String] {
    [standings] + lost + damaged + refused(time) + dead.map { letter($0, time) } + unlisted
      + silences.map { silenced($0, time) }
      + sources.map { $0.line(time).description } + channels.map { $0.line(time).description }
      + [wake?.line(time).description].compactMap(\.self) + timers.map { $0.line(time).description } + stale
      + overdue(time) + [certificate?.text(time)].compactMap(\.self)
      + live(time) + size.lines(time)
  }

  private var standings: String {
    // The record of an alert does not contain the result of its delivery.
    let sent = pendingCount + deadCount > 0 ? "sent or sending" : "sent"
    let names: [(AlertRecord.Standing, String)] = [
      (.notified, sent), (.waiting, "waiting"), (.muted, "muted"), (.dropped, "dropped by a rule"), (.lost, "LOST"),
    ]
    let parts = names.compactMap { standing, name in summary.standings[standing].map { "\($0) \(name)" } }
    return parts.isEmpty
      ? counted(summary.activeAlerts, "active alert")
      : "\(summary.activeAlerts) active: \(parts.joined(separator: ", "))"
  }

  /// Each may stand for a message that went out twice.
  private var stale: [String] {
    let count = summary.staleSettlements
    return count == 0
      ? []
      : ["\(counted(count, "outcome")) arrived after the lease had expired: as many messages may have been sent twice"]
  }

  private var lost: [String] {
    guard (summary.standings[.lost] ?? 0) > 0 else { return [] }
    return ["lost alerts are a bug in Belfry: `belfry audit verify` lists them; notify the right people yourself"]
  }

  /// How many are named; the others are in the JSON.
  private static let shownDamage = 20

  private var damaged: [String] {
    let shown = damage.prefix(StatusReport.shownDamage).map { "DAMAGED: \($0.text)" }
    let more = damage.count - shown.count
    return [trouble.map { "LEDGER: \($0)" }, auditTrouble.map { "AUDIT LOG: \($0)" }].compactMap(\.self) + shown
      + (more > 0 ? ["DAMAGED: … and \(more) more"] : [])
  }

  private func refused(_ time: TimeText) -> [String] {
    guard let refusal else { return [] }
    return ["channels.json was rejected \(time.relative(refusal.at)); the previous version stays in force"]
      + refusal.findings.map { "  " + $0 }
  }

  private func live(_ time: TimeText) -> [String] {
    version.map { ["configuration: version \($0.number), in force since \(time.full($0.since)) (\($0.cause))"] } ?? []
  }

  private func letter(_ record: DeliveryRecord, _ time: TimeText) -> String {
    let reason = record.lastReason?.clause ?? "no reason recorded"
    let since = time.relative(record.settledAt ?? record.createdAt)
    let id = record.delivery.id.text.suffix(8)
    return "dead letter \(id): \(record.delivery.channel), \(since): \(record.delivery.content.subject): \(reason)"
  }

  private var unlisted: [String] {
    deadCount > dead.count ? ["… and \(deadCount - dead.count) older dead letters"] : []
  }

  private func silenced(_ silence: Silence, _ time: TimeText) -> String {
    let count = summary.waiting[HoldID.silence(silence.id).description] ?? 0
    return "silence " + silence.line(time) + (count > 0 ? "; holding back \(counted(count, "alert"))" : "")
  }

  private func overdue(_ time: TimeText) -> [String] {
    guard timers.contains(where: { $0.due + .seconds(60) < time.now }) else { return [] }
    return ["something is overdue: is `belfry run` running?"]
  }
}

extension StatusReport.SourceState {
  package func line(_ time: TimeText) -> StatusLine { StatusLine("source", "\(name): \(state(time))") }

  private func state(_ time: TimeText) -> String {
    guard let note else { return "not read yet; `belfry run` reads it" }
    let held = note.active == 1 ? "1 alert stays active" : "\(note.active) alerts stay active"
    switch trouble(at: time.now) {
    case .unwatched(let since):
      return "not read since \(time.full(since)); is `belfry run` running? \(held)"
    case .unreadable(let trouble):
      let keeps = note.active == 0 ? "" : "; \(held)"
      return "unreadable for \(TimeText.rough(time.now - trouble.since)): \(trouble.reason)\(keeps)"
    case nil:
      let read = note.lastRead.map { "read \(time.relative($0))" } ?? "not read yet"
      return "\(read), \(note.active) active"
    }
  }
}

extension StatusReport.ChannelState {
  package func line(_ time: TimeText) -> StatusLine {
    var parts: [String] = []
    if let delivered = health.counts[.delivered] {
      parts.append("\(delivered) delivered" + (health.lastDelivered.map { ", last \(time.relative($0))" } ?? ""))
    }
    if let pending = health.counts[.pending] {
      let oldest = health.oldestPending.map { age(of: $0, among: pending, time) } ?? ""
      let next = nextAttempt.map { ", next attempt \(time.dueText($0))" } ?? ""
      parts.append("\(pending) pending\(oldest)\(next)\(pace(of: pending))")
    }
    if let dead = health.counts[.dead] { parts.append(counted(dead, "dead letter")) }
    if let circuit {
      parts.append(
        "failing since \(time.local(circuit.since)) (\(TimeText.rough(time.now - circuit.since))),"
          + " next try \(time.dueText(circuit.until)): \(circuit.reason.clause)"
      )
    } else if health.isFailing, let failure = health.lastFailure {
      parts.append("last attempt failed \(time.relative(failure.at)): \(failure.reason.clause)")
    }
    let title = "\(name)" + (kind == nil ? " (no longer in the file)" : "")
    let state = parts.isEmpty ? "no messages yet" : parts.joined(separator: "; ")
    return StatusLine("channel", "\(title): \(state)")
  }
}

extension StatusReport.ChannelState {
  /// How old the oldest pending delivery is: `, 37s old` for one alone.
  private func age(of oldest: Instant, among pending: Int, _ time: TimeText) -> String {
    let age = TimeText.rough(time.now - oldest)
    return pending == 1 ? ", \(age) old" : ", oldest \(age)"
  }

  /// How long the last of many waits for its turn.
  private func pace(of pending: Int) -> String {
    guard pending > 1, circuit == nil, let rate else { return "" }
    return ", limited to \(rate.words): last one in \(TimeText.rough(rate.spacing * (pending - 1)))"
  }
}

extension StatusReport.NextTimer {
  package func line(_ time: TimeText) -> StatusLine {
    let wait = waiting == 0 ? "" : " (\(waiting) waiting)"
    return StatusLine("next:", "\(time.dueText(due)), \(subject)\(wait)")
  }

  private var subject: String {
    switch key {
    case .list(let hold): hold.timer
    case .alert(let key): step(key)
    }
  }

  private func step(_ key: AlertKey) -> String {
    let channels = upcoming?.channels.map(\.name).joined(separator: ", ") ?? ""
    return switch upcoming?.kind {
    case .reminder: "reminder of \(key) to \(channels)"
    case .escalation: "escalation of \(key) to \(channels) unless acknowledged"
    case .settling: "\(key) is no longer flapping"
    case .expiry: "\(key) resolves automatically"
    case nil: "\(key) is checked again"
    }
  }
}
