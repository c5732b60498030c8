// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// `make bench`: prints the speed of the main paths on this machine; asserts nothing.
///
/// The argument `deliveries` measures only those, `policy` only routing and deciding, `check` only reading a file of many
/// routes, `import` only converting one, `push` only pushes over HTTP, and `push latency`, `push delivery` … only a part of that.
/// `history` measures only what people read of a ledger with much history: of `BELFRY_BENCH_HISTORY` alerts, 100,000 by default.
/// `BELFRY_BENCH_BACKLOG` is the number of queued deliveries while memory is measured, 1,000,000 by default.
/// `BELFRY_BENCH_IDLE` is the number of seconds that a notifier is idle while that is measured, 60 by default.
@main
struct BelfryBench {
  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.first == backlogCommand { return try await backlog(Array(arguments.dropFirst())) }
    let folder = FileManager.default.temporaryDirectory.appending(path: "belfry-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    if arguments == ["check"] { return try measureCheck() }
    if arguments == ["import"] { return try measureImport(in: folder.path) }
    if arguments == ["policy"] {
      try measureRouting()
      return try await measurePolicy(in: folder.path)
    }
    if arguments == ["history"] { return try await measureHistory(in: folder.path) }
    if arguments.first == "push" { return try measurePush(in: folder.path, only: Array(arguments.dropFirst())) }
    // First: Linux counts the memory of the parent process in a child's peak, and this process is still small.
    try measureStartUp()
    if arguments != ["deliveries"] {
      try measureCheck()
      try measureImport(in: folder.path)
      try measureRouting()
      measureQuietCycle()
      try await measurePolicy(in: folder.path)
      try await measureDelivery(in: folder.path)
      try await measureAudit(in: folder.path)
    }
    try await measureDeliveries(in: folder.path)
    try await measureLatency(in: folder.path)
    try await measureHistory(in: folder.path)
    try measureBacklog(in: folder.path)
    try measurePush(in: folder.path)
  }

  static func row(_ what: String, _ value: Double, _ unit: String) {
    print(what.padding(toLength: 58, withPad: " ", startingAt: 0) + String(format: "%12.2f ", value) + unit)
  }
}

extension Duration {
  var inSeconds: Double { self / .seconds(1) }
}
