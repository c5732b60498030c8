// SPDX-License-Identifier: Apache-2.0
import Foundation

/// How far a long run is, and what it takes.
struct LongRunReport: Sendable {
  var day: Int
  var alerts: Int
  var messages: Int
  /// The number of rows of each of the ledger's tables.
  var rows: [String: Int]
  /// The sizes of the ledger's files and of the audit log's, in bytes.
  var ledger: Int
  var audit: Int
  /// Resident memory, in bytes.
  var memory: Int
  var processor: Duration
  var elapsed: Duration

  static let heading = "   day     alerts   messages  ledger MB  audit MB       rows  holds  memory MB   CPU s  time s"

  var line: String {
    let megabytes = { (bytes: Int) in Double(bytes) / 1_000_000 }
    let all = rows.values.reduce(0, +)
    return String(
      format: "%6d %10d %10d %10.1f %9.1f %10d %6d %10.1f %7.0f %7.0f",
      day,
      alerts,
      messages,
      megabytes(ledger),
      megabytes(audit),
      all,
      rows["entries"] ?? 0,
      megabytes(memory),
      processor / .seconds(1),
      elapsed / .seconds(1)
    )
  }

  /// The bytes of all files of a folder whose names begin so.
  static func bytes(of folder: String, beginning prefix: String) -> Int {
    let url = URL(filePath: folder)
    // A folder that cannot be listed counts as empty: the run itself then fails.
    let files = (try? FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil)) ?? []
    return files.filter { $0.lastPathComponent.hasPrefix(prefix) }.reduce(0) { sum, file in
      sum + ((try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int) ?? 0)
    }
  }

  /// 0 if the system has no file with it.
  static var residentMemory: Int {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * sysconf(CInt(_SC_PAGESIZE))
  }

  static var processorTime: Duration {
    var used = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used)
    return .seconds(used.tv_sec) + .nanoseconds(used.tv_nsec)
  }
}
