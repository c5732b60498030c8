// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy
internal import BelfryTransport
internal import Foundation

/// The machine that Belfry runs on: its disks, memory, load, and failed systemd units.
///
/// Readable values count, and unreadable ones leave all alerts unchanged: a missing disk neither hides a failed unit
/// nor ends an alert.
package struct HostSource: AlertSource {
  package static let kind: SourceKind = "host"

  package let name: SourceName
  private let settings: Settings
  private let processors: Int
  private let proc: String

  package init(name: SourceName, settings: Settings) {
    self.init(name: name, settings: settings, processors: ProcessInfo.processInfo.activeProcessorCount, proc: "/proc")
  }

  /// Creates a source for a machine with so many processors; the folder `proc` contains `meminfo` and `loadavg`.
  package init(name: SourceName, settings: Settings, processors: Int, proc: String) {
    self.name = name
    self.settings = settings
    self.processors = processors
    self.proc = proc
  }

  package var subject: String { "this machine" }

  package func poll(_ context: PollContext) async -> Observation {
    var reading = HostReading()
    await readDisks(&reading)
    if settings.memory != HostLimits() {
      reading.memoryPercent = await read("meminfo", &reading) { HostReading.memoryPercent(of: $0) }
    }
    if settings.load != HostLimits() {
      reading.loadPercent = await read("loadavg", &reading) {
        HostReading.loadPercent(of: $0, processors: processors)
      }
    }
    if settings.units != nil { await readUnits(&reading, context) }
    let alerts = reading.alerts(of: name, settings)
    guard !reading.troubles.isEmpty else { return .active(alerts) }
    return .partial(alerts, because: reading.troubles.joined(separator: "; "))
  }

  private func readDisks(_ reading: inout HostReading) async {
    guard settings.disk != HostLimits() else { return }
    for path in settings.disks {
      switch await Disk.ofSources.space(at: path.absolute) {
      case .success(let space): reading.disks.append(HostReading.Place(path: path.written, space: space))
      case .failure(let failure): reading.troubles.append(failure.message)
      }
    }
  }

  /// Reads a small file of the kernel.
  private func read(_ file: String, _ reading: inout HostReading, _ figure: (String) -> Int?) async -> Int? {
    let path = "\(proc)/\(file)"
    switch await Disk.ofSources.read(path, maximumBytes: 65_536) {
    case .read(let bytes, _):
      let value = figure(String(decoding: bytes, as: UTF8.self))
      if value == nil { reading.troubles.append("\(path) has unexpected content") }
      return value
    case .failed(let failure):
      reading.troubles.append(failure.message)
      return nil
    case .unchanged:
      return nil
    }
  }

  private func readUnits(_ reading: inout HostReading, _ context: PollContext) async {
    let run = ProcessRun(
      path: "/usr/bin/systemctl",
      arguments: ["list-units", "--failed", "--plain", "--no-legend", "--no-pager", "--full"],
      environment: ExecEnvironment().all + [EnvironmentVariable("SYSTEMD_COLORS", "0")],
      limits: ProcessLimits(outputBytes: 1_048_576)
    )
    switch await context.send(.process(run)) {
    case .process(let reply) where reply.end == .exited(0):
      reading.failedUnits = HostReading.failedUnits(in: String(decoding: reply.output, as: UTF8.self))
    case .process(let reply):
      let words = reply.lastWords(Redaction())
      reading.troubles.append("systemctl failed" + (words.isEmpty ? "" : "; output: \(words)"))
    case .failed(let failure):
      reading.troubles.append(failure.message)
    case .http, .mail, .appended:
      reading.troubles.append("systemctl could not be run")
    }
  }
}

// MARK: - Settings

extension HostSource {
  package struct Settings: SourceSettings {
    package var disks = [SourcePath(absolute: "/", written: "/")]
    package var disk = HostLimits(warning: Count(85), critical: Count(95))
    package var memory = HostLimits(warning: Count(90), critical: Count(97))
    package var load = HostLimits(warning: Count(200), critical: Count(400))
    package var units: SeverityWord?

    package init() {}

    package static let fields: [Field<Settings>] = [
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
    ]

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
}

/// The percentages from which something is a warning or critical; nil for never.
package struct HostLimits: FieldRecord, Hashable {
  package var warning: Count?
  package var critical: Count?
  package var note = ""

  package init() {}

  package init(warning: Count?, critical: Count?) {
    self.warning = warning
    self.critical = critical
  }

  package static let fields: [Field<HostLimits>] = [
    .optional("warning", \.warning, "The percentage from which it is a warning.", otherwise: "never", example: "85"),
    .optional("critical", \.critical, "The percentage from which it is critical.", otherwise: "never", example: "95"),
    .optional("note", \.note, "Free text.", otherwise: "none"),
  ]

  package var shown: String { "\(warning.shown) and \(critical.shown)" }

  /// The severity of a percentage and the limit that it reaches; nil if it is below both.
  package func reached(by percent: Int) -> (severity: Severity, limit: Int)? {
    if let critical, percent >= critical.value { return (.critical, critical.value) }
    if let warning, percent >= warning.value { return (.warning, warning.value) }
    return nil
  }
}
