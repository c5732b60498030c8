// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger

extension StatusReport {
  /// What needs someone first, then the rest.
  package func lines(_ time: TimeText) -> [String] {
    [standings] + lost + damaged + refused(time) + dead.map { letter($0, time) } + unlisted
      + silences.map { silenced($0, time) }
      + sources.map { $0.text(time) } + channels.map { $0.text(time) } + [wake?.text(time)].compactMap(\.self)
      + timers.map { $0.text(time) } + stale + overdue(time) + [certificate?.text(time)].compactMap(\.self)
      + inForce(time)
  }

  private var standings: String {
    // The record of an alert cannot know what became of its message.
    let told = pendingCount + deadCount > 0 ? "told or to be told" : "told"
    let names: [(AlertRecord.Standing, String)] = [
      (.told, told), (.waiting, "waiting"), (.muted, "muted"), (.dropped, "dropped by a rule"), (.lost, "LOST"),
    ]
    let parts = names.compactMap { standing, name in summary.standings[standing].map { "\($0) \(name)" } }
    return counted(summary.activeAlerts, "active alert") + (parts.isEmpty ? "" : ": " + parts.joined(separator: ", "))
  }

  /// Each may stand for a message that went out twice.
  private var stale: [String] {
    let count = summary.staleSettlements
    return count == 0
      ? [] : ["\(counted(count, "outcome")) came after the lease had moved on: so many may have come twice"]
  }

  private var lost: [String] {
    guard (summary.standings[.lost] ?? 0) > 0 else { return [] }
    return ["lost alerts are a mistake in Belfry: belfry audit verify names them; tell the people who must know"]
  }

  /// How many are named; the others are in the JSON.
  private static let shownDamage = 20

  private var damaged: [String] {
    let shown = damage.prefix(StatusReport.shownDamage).map { "DAMAGED: \($0.text)" }
    let more = damage.count - shown.count
    return [trouble.map { "LEDGER: \($0)" }].compactMap(\.self) + shown
      + (more > 0 ? ["DAMAGED: … and \(more) more"] : [])
  }

  private func refused(_ time: TimeText) -> [String] {
    guard let refusal else { return [] }
    return ["channels.json was refused \(time.relative(refusal.at)); what was in force before still is"]
      + refusal.findings.map { "  " + $0 }
  }

  private func inForce(_ time: TimeText) -> [String] {
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
    let count = summary.waiting[ListKey.silence(silence.id).description] ?? 0
    return "silence " + silence.line(time) + (count > 0 ? "; holds back \(counted(count, "alert"))" : "")
  }

  private func overdue(_ time: TimeText) -> [String] {
    guard timers.contains(where: { $0.due + .seconds(60) < time.now }) else { return [] }
    return ["what is due is done by the notifier: is `belfry run` running?"]
  }
}

extension StatusReport.SourceState {
  package func text(_ time: TimeText) -> String {
    guard let note else { return "source \(name): not read yet; `belfry run` reads it" }
    let held = note.active == 1 ? "its one active alert stays" : "its \(note.active) active alerts stay"
    switch trouble(at: time.now) {
    case .unwatched(let since):
      return "source \(name): not looked at since \(time.full(since)): is `belfry run` running? \(held) in force"
    case .unreadable(let trouble):
      let keeps = note.active == 0 ? "" : "; \(held) in force"
      return "source \(name): cannot be read for \(TimeText.rough(time.now - trouble.since)): \(trouble.reason)\(keeps)"
    case nil:
      let read = note.lastRead.map { "read \(time.relative($0))" } ?? "not read yet"
      return "source \(name): \(read), \(note.active) active"
    }
  }
}

extension StatusReport.ChannelState {
  package func text(_ time: TimeText) -> String {
    var parts: [String] = []
    if let delivered = health.counts[.delivered] {
      parts.append("\(delivered) delivered" + (health.lastDelivered.map { ", the last \(time.relative($0))" } ?? ""))
    }
    if let pending = health.counts[.pending] {
      let oldest = health.oldestPending.map { ", the oldest from \(time.relative($0))" } ?? ""
      let next = nextAttempt.map { ", next attempt \(time.dueText($0))" } ?? ""
      parts.append("\(pending) pending\(oldest)\(next)\(pace(of: pending))")
    }
    if let dead = health.counts[.dead] { parts.append(counted(dead, "dead letter")) }
    if let circuit {
      parts.append(
        "fails since \(time.local(circuit.since)), is tried again \(time.dueText(circuit.until)): \(circuit.reason.clause)"
      )
    } else if health.isFailing, let failure = health.lastFailure {
      parts.append("failed \(time.relative(failure.at)): \(failure.reason.clause)")
    }
    let title = "channel \(name)" + (kind == nil ? " (no longer in the file)" : "")
    return "\(title): " + (parts.isEmpty ? "nothing to deliver yet" : parts.joined(separator: "; "))
  }
}

extension StatusReport.ChannelState {
  /// How long the last of many waits for its turn.
  private func pace(of pending: Int) -> String {
    guard pending > 1, circuit == nil, let rate else { return "" }
    return ", at \(rate.words) the last in \(TimeText.rough(rate.spacing * (pending - 1)))"
  }
}

extension StatusReport.NextTimer {
  package func text(_ time: TimeText) -> String {
    let wait = waiting == 0 ? "" : ": \(waiting) wait\(waiting == 1 ? "s" : "")"
    return "next: \(subject) \(time.dueText(due))\(wait)"
  }

  private var subject: String {
    switch key {
    case .list(.digest(let name)): "digest \(name)"
    case .list(.cooldown(let key)): "end of the cooldown" + (key.shown.isEmpty ? "" : " of \(key.shown)")
    case .list(.group(let key)): "update of the group" + (key.shown.isEmpty ? "" : " \(key.shown)")
    case .list(.expectation(let id)): "\(id) is expected by then,"
    case .list(.inhibition): "what was muted by an alert that ended is looked at,"
    case .list(let list): "end of \(list.words)"
    case .alert(let key): step(key)
    }
  }

  private func step(_ key: AlertKey) -> String {
    let channels = upcoming?.channels.map(\.name).joined(separator: ", ") ?? ""
    return switch upcoming?.kind {
    case .reminder: "reminder of \(key) to \(channels)"
    case .escalation: "escalation of \(key) to \(channels), unless it is acknowledged,"
    case .settling: "\(key) counts as settled"
    case .expiry: "\(key) ends by itself"
    case nil: "\(key) is looked at"
    }
  }
}
