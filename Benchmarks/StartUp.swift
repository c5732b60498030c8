// SPDX-License-Identifier: Apache-2.0
internal import Foundation

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

extension BelfryBench {
  static let binary = ".build/release/belfry"

  /// Measures ten starts of the release binary: the median time, and the largest memory use.
  static func measureStartUp() throws {
    guard FileManager.default.isExecutableFile(atPath: binary) else {
      return print("command start-up: there is no \(binary); `make build` makes it")
    }
    var times: [Double] = []
    for _ in 0..<10 {
      let process = Process()
      process.executableURL = URL(filePath: binary)
      process.arguments = ["check"]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      let start = ContinuousClock.now
      try process.run()
      process.waitUntilExit()
      times.append((ContinuousClock.now - start).inSeconds * 1_000)
    }
    row("belfry check: median of 10 starts", times.sorted()[5], "ms")
    row("belfry check: peak memory", peakOfChildren(), "MB")
  }

  /// The peak memory of the ended child processes, which all ran the same command.
  private static func peakOfChildren() -> Double {
    var usage = rusage()
    #if canImport(Darwin)
    getrusage(RUSAGE_CHILDREN, &usage)
    return Double(usage.ru_maxrss) / 1_048_576
    #else
    getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
    return Double(usage.ru_maxrss) / 1_024
    #endif
  }
}
