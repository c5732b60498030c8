// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryAudit
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryPolicy

extension StatusReport {
  /// The same as `lines`, for programs; times are in UTC.
  package func json(at now: Instant) -> String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("good", !isBadNews(at: now))
      encodeAlerts(into: &writer)
      writer.key("sources")
      writer.array(sources) { writer, source in source.encode(into: &writer, at: now) }
      writer.key("channels")
      writer.array(channels) { writer, channel in channel.encode(into: &writer) }
      encodeDeliveries(into: &writer)
      writer.member("ledger_trouble", trouble)
      writer.member("audit_trouble", auditTrouble)
      writer.member("damage", damage.map(\.text))
      encodeWake(into: &writer)
      encodeConfiguration(into: &writer)
      writer.key("ledger")
      size.encode(into: &writer)
      if let certificate {
        writer.key("certificate")
        writer.object {
          $0.member("good_until", certificate.endsAt.iso8601)
          $0.member("ends_soon", certificate.endsSoon(at: now))
          $0.member("refused", certificate.refusal)
        }
      }
      writer.key("next_timers")
      writer.array(timers) { writer, timer in
        writer.object {
          $0.member("timer", timer.key.description)
          $0.member("due", timer.due.iso8601)
          $0.member("waiting", timer.waiting)
        }
      }
    }
    return writer.text
  }

  private func encodeWake(into writer: inout JSONWriter) {
    writer.key("wake")
    guard let wake else { return writer.null() }
    writer.object { writer in
      writer.member("log", wake.log)
      writer.member("begun", wake.hasBegun)
      writer.member("file", wake.place?.file)
      writer.member("offset", Int(clamping: wake.place?.offset ?? 0))
      writer.member("behind_bytes", Int(clamping: wake.place?.behind ?? 0))
      writer.member("trouble", wake.trouble)
      writer.member("waiting", wake.waiting)
      writer.key("last")
      guard let last = wake.last else { return writer.null() }
      writer.object { last.encode(into: &$0) }
    }
  }

  private func encodeConfiguration(into writer: inout JSONWriter) {
    writer.key("configuration")
    writer.object { writer in
      if let version {
        writer.member("version", version.number)
      } else {
        writer.key("version")
        writer.null()
      }
      writer.member("since", version?.since.iso8601)
      writer.member("refused_at", refusal?.at.iso8601)
      writer.member("findings", refusal?.findings ?? [])
    }
  }

  private func encodeAlerts(into writer: inout JSONWriter) {
    writer.member("active_alerts", summary.activeAlerts)
    writer.key("standings")
    writer.object { writer in
      for standing in AlertRecord.Standing.allCases where standing != .ended {
        writer.member(standing.name, summary.standings[standing] ?? 0)
      }
    }
    writer.key("waiting")
    writer.object { writer in
      for (list, count) in summary.waiting.sorted(by: { $0.key < $1.key }) { writer.member(list.text, count) }
    }
    writer.key("silences")
    writer.array(silences) { writer, silence in
      silence.encodeShown(holds: summary.waiting[HoldID.silence(silence.id).description] ?? 0, into: &writer)
    }
  }

  private func encodeDeliveries(into writer: inout JSONWriter) {
    writer.key("deliveries")
    writer.object { writer in
      for channel in channels where !channel.health.counts.isEmpty {
        writer.key(channel.name.name)
        writer.object { channel.health.encodeCounts(into: &$0) }
      }
    }
    writer.member("oldest_pending", summary.oldestPending?.iso8601)
    writer.member("stale_settlements", summary.staleSettlements)
    writer.key("dead_letters")
    writer.array(dead) { writer, letter in
      writer.object {
        $0.member("delivery_id", letter.delivery.id.text)
        $0.member("channel", letter.delivery.channel.name)
        $0.member("about", letter.delivery.content.subject)
        $0.member("error", letter.lastReason?.code)
        $0.member("given_up_at", letter.settledAt?.iso8601)
      }
    }
  }
}

extension ChannelHealth {
  fileprivate func encodeCounts(into writer: inout JSONWriter) {
    for status in DeliveryRecord.Status.allCases { writer.member(status.rawValue, counts[status] ?? 0) }
  }
}

extension StatusReport.SourceState {
  fileprivate func encode(into writer: inout JSONWriter, at now: Instant) {
    writer.object { writer in
      writer.member("source", name.name)
      writer.member("last_read", note?.lastRead?.iso8601)
      writer.member("active", note?.active ?? 0)
      switch trouble(at: now) {
      case .unreadable(let trouble):
        writer.member("trouble", trouble.reason)
        writer.member("since", trouble.since.iso8601)
      case .unwatched(let since):
        writer.member("trouble", "not read: belfry run does not seem to be running")
        writer.member("since", since.iso8601)
      case nil: writer.member("trouble", nil as String?)
      }
    }
  }
}

extension StatusReport.ChannelState {
  fileprivate func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("channel", name.name)
      health.encodeCounts(into: &writer)
      writer.member("last_delivered", health.lastDelivered?.iso8601)
      writer.member("oldest_pending", health.oldestPending?.iso8601)
      writer.member("next_attempt", nextAttempt?.iso8601)
      writer.member("failing", health.isFailing || circuit != nil)
      writer.member("circuit_open_since", circuit?.since.iso8601)
      writer.member("circuit_tried_again", circuit?.until.iso8601)
      writer.member("circuit_error", circuit?.reason.code)
      writer.member("last_failure", health.lastFailure?.reason.code)
      writer.member("last_failure_at", health.lastFailure?.at.iso8601)
    }
  }
}
