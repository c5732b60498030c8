// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// The lines that a log or a callback printed, in order.
package final class RecordedLines: Sendable {
  private let lines = Mutex<[String]>([])

  package init() {}

  package func add(_ line: String) { lines.withLock { $0.append(line) } }

  package var all: [String] { lines.withLock { $0 } }

  /// The lines with this text in them.
  package func containing(_ text: String) -> [String] { all.filter { $0.contains(text) } }

  package func contains(_ text: String) -> Bool { all.contains { $0.contains(text) } }
}
