// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Lines that are printed at the end instead of as they come.
final class Lines: Sendable {
  private let lines = Mutex<[String]>([])
  func add(_ line: String) { lines.withLock { $0.append(line) } }
  var all: [String] { lines.withLock { $0 } }
}
