// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// The machine that Belfry runs on: its disks, memory, load, and failed systemd units.
package struct HostSourceSettings: SourceKindSettings {
  package var disks = [SourcePath(absolute: "/", written: "/")]
  package var disk = HostLimits(warning: Count(85), critical: Count(95))
  package var memory = HostLimits(warning: Count(90), critical: Count(97))
  package var load = HostLimits(warning: Count(200), critical: Count(400))
  package var units: SeverityWord?
  package var every: Period?
  package var stale: Period?
  package var note = ""

  package init() {}

  package static let kind = "host"
  package static let fields: [Field<HostSourceSettings>] = [
    .optional("disks", \.disks, "A path on each disk to watch.", otherwise: "/", example: "/var"),
    .optional("disk", \.disk, "The maximum disk usage, in percent.", otherwise: "85 and 95"),
    .optional("memory", \.memory, "The maximum memory usage, in percent.", otherwise: "90 and 97"),
    .optional(
      "load",
      \.load,
      "The five-minute load average, in percent of the number of CPUs.",
      otherwise: "200 and 400"
    ),
    .optional(
      "units",
      \.units,
      "The severity of a failed systemd unit.",
      otherwise: "units are not checked",
      example: "warning"
    ),
    .optional("every", \.every, "How often it is checked.", otherwise: SourceSettings.everyOtherwise),
    .optional("stale", \.stale, SourceSettings.staleNote, otherwise: SourceSettings.staleOtherwise),
    .optional("note", \.note, SourceSettings.yourNote, otherwise: "none"),
  ]

  package var subject: String { "this machine" }

  /// Reports limits above 100 percent, which are never reached.
  package func check(_ report: inout Report) {
    for (key, limits) in [("disk", disk), ("memory", memory)] {
      guard [limits.warning, limits.critical].contains(where: { ($0?.value ?? 0) > 100 }) else { continue }
      report.error("more than 100 percent is never reached.", key: key, remedy: "Write 1 to 100.")
    }
    for (key, limits) in [("disk", disk), ("memory", memory), ("load", load)] {
      guard let warning = limits.warning, let critical = limits.critical, warning.value >= critical.value else {
        continue
      }
      let remedy = "Lower `warning`, or remove it."
      report.error("`critical` is lower than `warning`.", key: key, remedy: remedy)
    }
  }
}

/// The percentages from which something is a warning or critical; nil for never.
package struct HostLimits: FieldValue, Hashable {
  package var warning: Count?
  package var critical: Count?
  package var note = ""

  package init(warning: Count? = nil, critical: Count? = nil) {
    self.warning = warning
    self.critical = critical
  }

  package static var shape: FieldShape { .record(fields.map(\.summary)) }

  static let fields: [Field<HostLimits>] = [
    .optional("warning", \.warning, "The percentage from which it is a warning.", otherwise: "never", example: "85"),
    .optional("critical", \.critical, "The percentage from which it is critical.", otherwise: "never", example: "95"),
    .optional("note", \.note, "Free text.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> HostLimits? {
    var limits = HostLimits()
    let trouble = report.troubleCount
    Field.decode(fields, from: node, into: &limits, report: &report)
    return report.troubleCount == trouble ? limits : nil
  }

  package var shown: String { "\(warning.shown) and \(critical.shown)" }

  /// The severity of a percentage and the limit that it reaches; nil if it is below both.
  package func reached(by percent: Int) -> (severity: Severity, limit: Int)? {
    if let critical, percent >= critical.value { return (.critical, critical.value) }
    if let warning, percent >= warning.value { return (.warning, warning.value) }
    return nil
  }
}
