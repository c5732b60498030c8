// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryEngine
package import BelfryLedger
internal import BelfryPolicy

extension AlertStory {
  /// How it stands, in one sentence.
  package func sentence(_ time: TimeText) -> String {
    // What its standing names comes first.
    let first = standing == .dead ? [dead, pending(time)] : [pending(time), dead]
    return sentence((first + [waits(time), muted(time)]).compactMap(\.self), time)
  }

  private func sentence(_ clauses: [String], _ time: TimeText) -> String {
    switch standing {
    case .notified:
      let channels = record.openNotifications.compactMap(arrived).map { delivery in
        "\(delivery.delivery.channel) \(time.full(delivery.settledAt ?? delivery.createdAt))"
      }
      return (["sent: " + channels.joined(separator: ", ")] + clauses).joined(separator: "; ")
    case .waiting, .dead, .muted: return clauses.isEmpty ? standing.rawValue : clauses.joined(separator: "; ")
    case .dropped where record.dropped == nil:
      return "discarded: its dead letter was discarded manually; nobody was notified"
    case .dropped: return "dropped by \(record.dropped?.description ?? "a rule"); nobody was notified"
    case .ended: return ended(time)
    case .lost:
      let what = "LOST: neither sent nor waiting. This is a bug in Belfry: notify the right people yourself, "
      return what + "and report it with the output of `belfry audit verify`"
    }
  }

  private func ended(_ time: TimeText) -> String {
    let ended = "resolved" + (record.resolvedAt.map { " \(time.full($0))" } ?? "")
    let channels = record.notified.filter { arrived($0) != nil }.map(\.channel.name)
    let notified = channels.isEmpty ? "nobody was notified" : "it was sent to \(channels.joined(separator: ", "))"
    return ([ended, notified] + [waits(time)].compactMap(\.self)).joined(separator: "; ")
  }

  private func pending(_ time: TimeText) -> String? {
    let pending = latest(.pending).sorted { $0.visibleAt < $1.visibleAt }
    guard let first = pending.first else { return nil }
    let others = pending.count > 1 ? "; \(pending.count - 1) more pending" : ""
    guard let wait = wait(of: first, time) else { return "being sent to \(first.delivery.channel)\(others)" }
    let tried = first.attempts == 0 ? "" : "; tried \(times(first.attempts))"
    return "waiting until \(time.full(wait.until)) because \(wait.reason)\(tried)\(others)"
  }

  /// Until when a pending delivery waits, and why; nil for one that is on its way.
  package func wait(of delivery: DeliveryRecord, _ time: TimeText) -> (until: Instant, reason: String)? {
    let channel = delivery.delivery.channel
    if let circuit = circuits[channel] {
      return (circuit.until, "channel \(channel) is failing: \(circuit.reason.clause)")
    }
    if let reason = delivery.lastReason {
      return (delivery.visibleAt, "it could not be delivered to \(channel): \(reason.clause)")
    }
    guard let others = ahead[delivery.delivery.id], others > 0, let rate = rates[channel] else { return nil }
    let turn = max(time.now, delivery.visibleAt) + rate.spacing * others
    return (
      turn,
      "channel \(channel) is limited to \(rate.words), and \(counted(others, "message")) \(others == 1 ? "goes" : "go") first"
    )
  }

  private var dead: String? {
    let letters = latest(.dead).map { letter in
      "\(letter.delivery.channel): \(letter.lastReason?.clause ?? "no reason recorded")"
    }
    return letters.isEmpty ? nil : "dead letter: " + letters.joined(separator: "; ")
  }

  /// What it waits for: the hold that lets go of it first.
  private func waits(_ time: TimeText) -> String? {
    let holds = record.holds.map { (list: $0, due: due[$0]) }
    guard let first = holds.min(by: { ($0.due ?? .max) < ($1.due ?? .max) }) else { return nil }
    let others = holds.filter { $0.list != first.list }.map(\.list.words).joined(separator: ", ")
    return hold(first.list, first.due, time) + (others.isEmpty ? "" : "; also held by \(others)")
  }

  /// What mutes it although it does not wait for that: people were notified before.
  private func muted(_ time: TimeText) -> String? {
    guard record.isActive else { return nil }
    var parts = mutes.silences(at: time.now).filter { !record.waits.contains(.silence($0.silence.id)) }.map { one in
      let author = one.silence.author.isEmpty ? "" : " of \(one.silence.author)"
      let comment = one.silence.comment.isEmpty ? "" : " (\(one.silence.comment))"
      return "silenced now by \(one.silence.id)\(author) until \(time.full(one.until))\(comment)"
    }
    parts += mutes.inhibitions.filter { !record.waits.contains(.inhibition($0.key)) }.map { inhibition in
      "inhibited now by the active alert \(inhibition.alert.key) (\(inhibition.rule))"
    }
    return parts.isEmpty ? nil : parts.joined(separator: "; ") + "; reminders and escalations are paused"
  }

  private func hold(_ list: HoldID, _ due: Instant?, _ time: TimeText) -> String {
    let rule = waitRules[list].map { " (\($0))" } ?? ""
    let until = due.map { "until \(time.full($0))" } ?? "until it ends"
    guard let id = list.silence, let silence = silences[id] else { return list.standing(until: until, rule: rule) }
    let author = silence.author.isEmpty ? id.text : silence.author
    let comment = silence.comment.isEmpty ? "" : " (\(silence.comment))"
    return "silenced by \(author) \(until)\(comment); sent then if still firing"
  }
}

extension Instant {
  fileprivate static let max = Instant(microseconds: .max)
}
