// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryLedger
internal import BelfryPolicy

extension AlertStory {
  /// The same as `lines`, for a program; moments are in UTC.
  package func encode(into writer: inout JSONWriter, at now: Instant) {
    let alert = record.alert
    writer.object { writer in
      writer.member("alert_id", alert.id)
      writer.member("source", alert.source.name)
      writer.member("standing", standing.rawValue)
      writer.member("severity", alert.severity.name)
      writer.member("category", alert.category)
      writer.member("title", alert.title)
      writer.key("annotations")
      writer.object { for annotation in alert.annotations { $0.member(annotation.name, annotation.value) } }
      writer.key("links")
      writer.object { for link in links.named { $0.member(link.name, link.url) } }
      writer.member("active", record.isActive)
      writer.member("since", record.firedAt.iso8601)
      writer.member("resolved_at", record.isActive ? nil : record.resolvedAt?.iso8601)
      writer.member("acknowledged_by", record.acknowledgement?.by)
      writer.member("silenced_by", record.isActive ? mutes.silences(at: now).map(\.silence.id.text) : [])
      writer.member("inhibited_by", record.isActive ? mutes.inhibitions.map(\.alert.key.description) : [])
      writer.member("pruned_at", prunedAt?.iso8601)
      writer.key("decisions")
      writer.array(decisions) { encode($1, into: &$0) }
      writer.key("investigations")
      writer.array(investigations) { writer, look in
        writer.object {
          $0.member("at", look.at.iso8601)
          $0.member("status", look.error == nil ? "ok" : "fallback")
          $0.member("error", look.error)
          encode(look.delivery, into: &$0)
        }
      }
      writer.key("waits")
      writer.array(record.waits) { encode($1, into: &$0) }
      writer.key("next")
      writer.array(upcoming) { writer, step in
        writer.object {
          $0.member("what", step.kind.rawValue)
          $0.member("due", step.due.iso8601)
          $0.member("channels", step.channels.map(\.name))
          $0.member("rule", step.rule?.path)
        }
      }
    }
  }

  private func encode(_ wait: Wait, into writer: inout JSONWriter) {
    let rule = waitRules[wait.hold]
    writer.object { writer in
      writer.member("in", wait.hold.description)
      writer.member("until", due[wait.hold]?.iso8601)
      writer.member("since", wait.start?.at.iso8601)
      writer.member("because", wait.start?.cause.text)
      writer.member("rule", rule?.path)
      if let rule { writer.member("line", rule.line) }
      writer.member("channels", wait.channels.map(\.name))
    }
  }

  private func encode(_ recorded: RecordedDecision, into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("at", recorded.at.iso8601)
      writer.member("severity", recorded.decision.severity.name)
      writer.members(of: recorded.decision)
      writer.key("deliveries")
      writer.array(recorded.decision.deliveries) { writer, id in
        writer.object { encode(id, into: &$0) }
      }
    }
  }

  private func encode(_ id: DeliveryID, into writer: inout JSONWriter) {
    writer.member("delivery_id", id.text)
    let delivery = deliveries[id]
    writer.member("channel", delivery?.delivery.channel.name)
    writer.member("status", delivery?.status.rawValue)
    writer.member("settled_at", delivery?.settledAt?.iso8601)
    writer.member("handed_to", delivery?.successor?.text)
    writer.member("due", delivery?.status == .pending ? delivery?.visibleAt.iso8601 : nil)
    writer.key("failed_attempts")
    writer.array(failures[id] ?? []) { writer, failure in
      writer.object {
        $0.member("attempt", failure.number)
        $0.member("at", failure.at.iso8601)
        $0.member("class", failure.reason.outcome?.rawValue)
        $0.member("error", failure.reason.code)
        $0.member("reason", failure.reason.text)
        $0.member("retry_at", failure.retryAt?.iso8601)
      }
    }
  }
}
