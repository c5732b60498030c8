// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryTransport

/// How a machine was found; what is nil was not asked for or could not be read.
package struct HostReading: Sendable, Hashable {
  /// A path on each disk, as the file writes it, with the room there.
  package var disks: [Place] = []
  /// How much of the memory is in use, in percent.
  package var memoryPercent: Int?
  /// The load of five minutes, in percent of the processors.
  package var loadPercent: Int?
  /// The units of systemd that failed.
  package var failedUnits: [String]?
  /// Why something could not be read.
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
  /// As `df` counts: of what can be used by those who are not root, rounded up.
  package var percent: Int {
    let (used, all) = (Double(usedBytes), Double(usedBytes) + Double(freeBytes))
    return all > 0 ? Int((used / all * 100).rounded(.up)) : 0
  }
}

extension HostReading {
  /// Reads `/proc/meminfo`: all but what can be had without swapping is in use (proc_meminfo(5)).
  package static func memoryPercent(of meminfo: String) -> Int? {
    func kilobytes(_ name: String) -> Int? {
      let line = meminfo.split(separator: "\n").first { $0.hasPrefix(name + ":") }
      return line?.dropFirst(name.count + 1).split(separator: " ").first.flatMap { Int($0) }
    }
    guard let total = kilobytes("MemTotal"), let available = kilobytes("MemAvailable"), total > 0 else { return nil }
    return (total - min(max(available, 0), total)) * 100 / total
  }

  /// Reads the second figure of `/proc/loadavg`, the load of five minutes (proc_loadavg(5)).
  package static func loadPercent(of loadavg: String, processors: Int) -> Int? {
    let figures = loadavg.split(separator: " ")
    guard figures.count > 1, let load = Double(figures[1]), load.isFinite, (0..<1e9).contains(load) else { return nil }
    return Int(load * 100) / max(1, processors)
  }

  /// Reads the lines of `systemctl list-units --failed --plain --no-legend`: the unit stands first in each.
  package static func failedUnits(in output: String) -> [String] {
    output.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }.sorted()
  }
}
