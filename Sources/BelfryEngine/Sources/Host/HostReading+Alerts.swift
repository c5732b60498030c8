// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
internal import BelfryPolicy
internal import BelfryTransport

extension HostReading {
  /// The machine's problems, by the limits of the settings.
  ///
  /// They contain no figure that differs at every read, because each difference would be a change of the alert that
  /// must be stored.
  package func alerts(of source: SourceName, _ settings: HostSourceSettings) -> [Alert] {
    var alerts = disks.compactMap { full($0, settings.disk) }
    if let percent = memoryPercent, let (severity, limit) = settings.memory.reached(by: percent) {
      alerts.append(
        Alert(
          id: "memory",
          severity: severity,
          category: "host_memory",
          title: "Memory usage is over \(limit)%",
          detail: "Less memory than that is available without swapping."
        )
      )
    }
    if let percent = loadPercent, let (severity, limit) = settings.load.reached(by: percent) {
      alerts.append(
        Alert(
          id: "load",
          severity: severity,
          category: "host_load",
          title: "Load is over \(limit)% of the CPUs",
          detail: "The load average of the last five minutes is too high for the number of CPUs."
        )
      )
    }
    if let units = failedUnits, let severity = settings.units?.severity {
      alerts += units.map { failed($0, severity) }
    }
    return alerts.map { alert in
      var alert = alert
      alert.source = source
      return alert
    }
  }

  private func full(_ place: Place, _ limits: HostLimits) -> Alert? {
    guard let (severity, limit) = limits.reached(by: place.space.percent) else { return nil }
    return Alert(
      id: "disk:\(place.path)",
      severity: severity,
      category: "host_disk",
      title: "Disk \(place.path) is over \(limit)% full",
      detail: "\(place.space.percent)% is in use.",
      labels: ["disk": place.path]
    )
  }

  private func failed(_ unit: String, _ severity: Severity) -> Alert {
    Alert(
      id: "unit:\(unit)",
      severity: severity,
      category: "host_unit",
      title: "Unit \(unit) has failed",
      detail: "Run `systemctl status \(unit)` for details.",
      labels: ["unit": unit]
    )
  }
}
