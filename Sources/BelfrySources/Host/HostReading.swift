// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryPolicy
package import BelfryTransport

/// The state of a machine; nil values were not requested or could not be read.
package struct HostReading: Sendable, Hashable {
  /// The paths on each disk, as in the file, with their free space.
  package var disks: [Place] = []
  /// The memory in use, in percent.
  package var memoryPercent: Int?
  /// The load average of five minutes, in percent of the processors.
  package var loadPercent: Int?
  /// The failed systemd units.
  package var failedUnits: [String]?
  /// The reasons why something could not be read.
  package var troubles: [String] = []

  package init() {}

  package struct Place: Sendable, Hashable {
    package var path: String
    package var space: DiskSpace

    package init(path: String, space: DiskSpace) {
      self.path = path
      self.space = space
    }
  }
}

extension DiskSpace {
  /// The used space as `df` shows it: in percent of what users other than root can use, rounded up.
  package var percent: Int {
    let (used, all) = (Double(usedBytes), Double(usedBytes) + Double(freeBytes))
    return all > 0 ? Int((used / all * 100).rounded(.up)) : 0
  }
}

extension HostReading {
  /// Reads `/proc/meminfo`: all memory that is not available without swapping is in use (proc_meminfo(5)).
  package static func memoryPercent(of meminfo: String) -> Int? {
    func kilobytes(_ name: String) -> Int? {
      let line = meminfo.split(separator: "\n").first { $0.hasPrefix(name + ":") }
      return line?.dropFirst(name.count + 1).split(separator: " ").first.flatMap { Int($0) }
    }
    guard let total = kilobytes("MemTotal"), let available = kilobytes("MemAvailable"), total > 0 else { return nil }
    return (total - min(max(available, 0), total)) * 100 / total
  }

  /// Reads the second figure of `/proc/loadavg`, the load average of five minutes (proc_loadavg(5)).
  package static func loadPercent(of loadavg: String, processors: Int) -> Int? {
    let figures = loadavg.split(separator: " ")
    guard figures.count > 1, let load = Double(figures[1]), load.isFinite, (0..<1e9).contains(load) else { return nil }
    return Int(load * 100) / max(1, processors)
  }

  /// Reads the lines of `systemctl list-units --failed --plain --no-legend`, which start with the unit.
  package static func failedUnits(in output: String) -> [String] {
    output.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }.sorted()
  }
}

extension HostReading {
  /// The machine's problems, by the limits of the settings.
  ///
  /// They contain no figure that differs at every read, because each difference would be a change of the alert that
  /// must be stored.
  package func alerts(of source: SourceName, _ settings: HostSource.Settings) -> [Alert] {
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
