// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
internal import BelfryEngine
package import BelfryLedger
internal import BelfryPolicy

/// Shows what waits in the digests.
package struct DigestReport: Sendable {
  private var digests: [(rule: DigestRule, alerts: [AlertRecord])] = []

  /// Reads one digest, or all without a name; throws an `OperationRefusal` when there is no such digest.
  package static func read(
    _ name: String?,
    from ledger: any DecisionStore,
    _ configuration: Configuration
  ) async throws -> DigestReport {
    var report = DigestReport()
    for rule in try rules(named: name, in: configuration) {
      report.digests.append((rule, try await ledger.waiting(in: .digest(rule.name))))
    }
    return report
  }

  /// The digests that a name means: that one, or all without a name.
  static func rules(named name: String?, in configuration: Configuration) throws -> [DigestRule] {
    let all = configuration.rules.digests
    guard let name else { return all }
    guard let digest = configuration.rules.digest(name) else {
      let remedy = Nearest.remedy(for: name, among: all.map(\.name))
      throw OperationRefusal(.invalid, "There is no digest \"\(name)\". \(remedy)")
    }
    return [digest]
  }

  package var lines: [String] {
    digests.flatMap { rule, alerts in
      let channels = rule.to.map(\.name).joined(separator: ", ")
      let count = "\(counted(alerts.count, "alert")) \(alerts.count == 1 ? "waits" : "wait")"
      return ["\(rule.name) → \(channels): \(count)"]
        + alerts.map { record in
          let alert = record.alert
          return "  \(alert.severity) \(alert.key) “\(alert.title)”\(record.isActive ? "" : " (resolved)")"
        }
    }
  }

  package func encode(into writer: inout JSONWriter) {
    writer.array(digests) { writer, digest in
      writer.object { writer in
        writer.member("digest", digest.rule.name)
        writer.member("channels", digest.rule.to.map(\.name))
        writer.key("alerts")
        writer.array(digest.alerts) { writer, record in
          writer.object {
            $0.member("alert_id", record.alert.id)
            $0.member("source", record.alert.source.name)
            $0.member("severity", record.alert.severity.name)
            $0.member("title", record.alert.title)
            $0.member("active", record.isActive)
          }
        }
      }
    }
  }
}
