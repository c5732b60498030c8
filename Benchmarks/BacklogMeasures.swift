// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryTransport
internal import Foundation

// Memory of a notifier that delivers while very many deliveries are queued.
extension BelfryBench {
  /// The argument that makes this program measure itself in a separate process, because this process's memory includes
  /// earlier measurements.
  static let backlogCommand = "backlog"
  private static let delivered = 10_000

  static func measureBacklog(in folder: String) throws {
    let full = ProcessInfo.processInfo.environment["BELFRY_BENCH_BACKLOG"].flatMap(Int.init) ?? 1_000_000
    for count in [20_000, max(20_000, full)] {
      for step in ["fill", "deliver"] {
        let process = Process()
        process.executableURL = URL(filePath: CommandLine.arguments[0])
        process.arguments = [backlogCommand, step, folder, "\(count)"]
        fflush(nil)  // Otherwise earlier output would be printed later.
        try process.run()
        process.waitUntilExit()
      }
    }
  }

  /// Runs one step of it, in its own process.
  static func backlog(_ arguments: [String]) async throws {
    guard arguments.count == 3, let count = Int(arguments[2]) else { return }
    let sink = try Sink(.http)
    let channel = webhook(sink.port, concurrency: 16)
    let environment = try await DeliveryEnvironment(channel: channel, folder: arguments[1], ledger: "backlog-\(count)")
    if arguments[0] == "fill" {
      for start in stride(from: 0, to: count, by: 10_000) {
        try await environment.queue(start..<min(count, start + 10_000))
      }
    } else {
      try await deliver(environment, count)
    }
    try await environment.close()
  }

  private static func deliver(_ environment: DeliveryEnvironment, _ count: Int) async throws {
    let (before, clock) = (residentMemory(), ContinuousClock())
    var (most, start) = (before, clock.now)
    try await withThrowingTaskGroup { group in
      group.addTask { try await environment.dispatcher.run() }
      while environment.tally.counts.delivered == 0 { try await clock.sleep(for: .milliseconds(5)) }
      row("\(count) queued: until the first is delivered", (clock.now - start).inSeconds, "s")
      start = clock.now
      while environment.tally.counts.delivered < delivered, clock.now - start < .seconds(60) {
        most = max(most, residentMemory())
        try await clock.sleep(for: .milliseconds(10))
      }
      row(
        "\(count) queued: delivered",
        Double(environment.tally.counts.delivered) / (clock.now - start).inSeconds,
        "/s"
      )
      group.cancelAll()
    }
    row("\(count) queued: memory before the first delivery", before, "MB")
    row("\(count) queued: most memory while delivering", most, "MB")
  }

  /// Resident memory in MB; 0 if the system has no file with it.
  private static func residentMemory() -> Double {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
    return pages * Double(sysconf(CInt(_SC_PAGESIZE))) / 1_048_576
  }
}
