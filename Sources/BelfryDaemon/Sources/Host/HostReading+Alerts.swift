// SPDX-License-Identifier: Apache-2.0
package import Belfry
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
          title: "The memory is more than \(limit)% in use",
          detail: "So much of it cannot be had without swapping."
        )
      )
    }
    if let percent = loadPercent, let (severity, limit) = settings.load.reached(by: percent) {
      alerts.append(
        Alert(
          id: "load",
          severity: severity,
          category: "host_load",
          title: "The load is more than \(limit)% of the processors",
          detail: "Over the last five minutes more processes wanted a processor than there are."
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
      title: "The disk of \(place.path) is more than \(limit)% full",
      detail: "\(place.space.percent)% are in use.",
      labels: ["disk": place.path]
    )
  }

  private func failed(_ unit: String, _ severity: Severity) -> Alert {
    Alert(
      id: "unit:\(unit)",
      severity: severity,
      category: "host_unit",
      title: "The unit \(unit) has failed",
      detail: "systemctl status \(unit) tells why.",
      labels: ["unit": unit]
    )
  }
}
