// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySources
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
import Testing

@Suite("The machine as a source")
struct HostSourceTests {
  private let now = Instant(seconds: 1_800_000_000)

  private func settings(_ text: String = "") throws -> HostSource.Settings {
    try HostSource.settings("{\(text.drop { $0 == "," })}")
  }

  private func disk(_ percent: UInt64, _ path: String = "/") -> HostReading.Place {
    HostReading.Place(path: path, space: DiskSpace(usedBytes: percent << 30, freeBytes: (100 - percent) << 30))
  }

  private func alerts(_ text: String = "", _ body: (inout HostReading) -> Void) throws -> [String] {
    var reading = HostReading()
    body(&reading)
    return reading.alerts(of: "it", try settings(text)).map { "\($0.severity) \($0.key) \($0.category)" }
  }

  @Test(
    "reports a disk as a warning and then as critical, from its limits on",
    arguments: [(84, []), (85, ["warning"]), (94, ["warning"]), (95, ["critical"]), (100, ["critical"])]
      as [(UInt64, [String])]
  )
  func disks(percent: UInt64, severities: [String]) throws {
    let found = try alerts { $0.disks = [disk(percent), disk(1, "/var")] }
    #expect(found == severities.map { "\($0) it/disk:/ host_disk" })
  }

  @Test("has separate limits for memory, load and units; one that is omitted is never reached")
  func limits() throws {
    let read = { (reading: inout HostReading) in
      reading.memoryPercent = 91
      reading.loadPercent = 401
      reading.failedUnits = ["nginx.service"]
    }
    #expect(try alerts("", read) == ["warning it/memory host_memory", "critical it/load host_load"])
    #expect(
      try alerts(#", "memory": {"critical": 90}, "load": {}, "units": "critical""#, read)
        == ["critical it/memory host_memory", "critical it/unit:nginx.service host_unit"]
    )
  }

  @Test("reads the kernel's texts, and rejects others")
  func kernel() {
    let meminfo = "MemTotal:       16000 kB\nMemFree:         100 kB\nMemAvailable:    4000 kB\n"
    #expect(HostReading.memoryPercent(of: meminfo) == 75)
    #expect(HostReading.memoryPercent(of: "MemTotal: 16000 kB\n") == nil)
    #expect(HostReading.memoryPercent(of: "") == nil)
    #expect(HostReading.loadPercent(of: "0.50 3.00 1.00 1/99 7\n", processors: 2) == 150)
    #expect(HostReading.loadPercent(of: "0.50 nan 1.00", processors: 2) == nil)
    #expect(HostReading.loadPercent(of: "", processors: 2) == nil)
  }

  @Test("reads the failed units at the start of systemctl's lines")
  func units() {
    let output = "nginx.service loaded failed failed A web server\nbackup.timer loaded failed failed Backup\n"
    #expect(HostReading.failedUnits(in: output) == ["backup.timer", "nginx.service"])
    #expect(HostReading.failedUnits(in: "") == [])
  }

  private func source(_ text: String, proc: String = "/proc", _ script: @escaping @Sendable (Outgoing) async -> Reply)
    throws -> PolledSource<HostSource>
  {
    let source = HostSource(name: "it", settings: try settings(text), processors: 2, proc: proc)
    return PolledSource(source: source, transport: ScriptedTransport(script))
  }

  /// A folder like `/proc`, with a load of 10 and half of the memory in use.
  private func withProc(_ body: (String) async throws -> Void) async throws {
    let folder = try TemporaryFolder([
      "meminfo": "MemTotal: 10 kB\nMemAvailable: 5 kB\n", "loadavg": "1.00 10.00 1.00 1/2 3\n",
    ])
    try await body(folder.path)
  }

  @Test("is read completely, and systemctl is run without a shell")
  func reads() async throws {
    try await withProc { proc in
      var source = try source(#", "disks": ["/"], "disk": {"warning": 1}, "units": "warning""#, proc: proc) {
        outgoing in
        guard case .process(let run) = outgoing, run.path == "/usr/bin/systemctl" else {
          return .failed(TransportFailure(.other, "what?"))
        }
        return .process(ProcessReply(.exited(0), output: Array("a.service loaded failed failed A\n".utf8)))
      }
      let ids = await source.poll(at: now).alerts?.map(\.id)
      #expect(ids == ["disk:/", "load", "unit:a.service"])
    }
  }

  @Test("that is partly unreadable reports the rest, and why it ends nothing")
  func partial() async throws {
    try await withProc { proc in
      var source = try source(#", "disks": ["/nowhere/at/all"], "units": "warning""#, proc: proc) { _ in
        .process(ProcessReply(.exited(1), errors: Array("no bus\n".utf8)))
      }
      guard case .partial(let alerts, let reason) = await source.poll(at: now).outcome else {
        Issue.record("it is readable")
        return
      }
      #expect(alerts.map(\.id) == ["load"])
      #expect(reason == "/nowhere/at/all: No such file or directory; systemctl failed; output: no bus")
    }
  }

  @Test("is readable on this machine")
  func real() async throws {
    var source = try source("") { _ in .failed(TransportFailure(.other, "nothing is run")) }
    #expect(await source.poll(at: now).alerts != nil)
  }
}
