// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryTransport

/// The machine that Belfry runs on.
///
/// Readable values count, and unreadable ones leave all alerts unchanged: a missing disk neither hides a failed unit
/// nor ends an alert.
package struct HostSource: AlertSource {
  package let name: SourceName
  private let settings: HostSourceSettings
  private let disk: Disk
  private let carrier: any Carrying
  private let processors: Int
  private let proc: String

  /// Makes a source; the folder `proc` contains `meminfo` and `loadavg`.
  package init(
    name: SourceName,
    settings: HostSourceSettings,
    disk: Disk,
    carrier: any Carrying,
    processors: Int,
    proc: String = "/proc"
  ) {
    self.name = name
    self.settings = settings
    self.disk = disk
    self.carrier = carrier
    self.processors = processors
    self.proc = proc
  }

  package func observe(since memory: SourceMemory?, at now: Instant) async -> Observation {
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
    if settings.units != nil { await readUnits(&reading) }
    let alerts = reading.alerts(of: name, settings)
    guard !reading.troubles.isEmpty else { return Observation(.alerts(AlertSnapshot(alerts: alerts))) }
    return Observation(.partial(alerts, reading.troubles.joined(separator: "; ")))
  }

  private func readDisks(_ reading: inout HostReading) async {
    guard settings.disk != HostLimits() else { return }
    for path in settings.disks {
      switch await disk.space(at: path.absolute) {
      case .success(let space): reading.disks.append(HostReading.Place(path: path.shownPath, space: space))
      case .failure(let failure): reading.troubles.append(failure.message)
      }
    }
  }

  /// Reads a small file of the kernel.
  private func read(_ file: String, _ reading: inout HostReading, _ figure: (String) -> Int?) async -> Int? {
    let path = "\(proc)/\(file)"
    switch await disk.read(path, maximumBytes: 65_536) {
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

  private func readUnits(_ reading: inout HostReading) async {
    let run = ProcessRun(
      path: "/usr/bin/systemctl",
      arguments: ["list-units", "--failed", "--plain", "--no-legend", "--no-pager", "--full"],
      environment: ExecEnvironment().all + [EnvironmentVariable("SYSTEMD_COLORS", "0")],
      limits: ProcessLimits(outputBytes: 1_048_576)
    )
    switch await carrier.carryOut(.process(run)) {
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
