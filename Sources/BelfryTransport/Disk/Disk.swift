// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Dispatch

/// Reads and writes files on threads that may block.
///
/// Operations on one file run in order on one queue; different files may share a queue.
package final class Disk: Sendable {
  private let queues = (0..<8).map { DispatchQueue(label: "belfry.disk.\($0)") }

  package init() {}

  /// Appends whole lines, with one write and one sync per file, and answers each pending.
  func append(_ appends: [(append: FileAppend, pending: PendingReply)]) {
    for (file, group) in Dictionary(grouping: appends, by: \.append.file) {
      queue(for: file.description).async {
        let begun = group.filter { entry in
          if entry.pending.batch.isCancelled { entry.pending.answer(.failed(.cancelled)) }
          return !entry.pending.batch.isCancelled
        }
        guard let first = begun.first else { return }
        let reply = LineAppender(file: file, permissions: first.append.permissions).append(begun.map(\.append.bytes))
        for entry in begun { entry.pending.answer(reply) }
      }
    }
  }

  /// Runs blocking work on the queue of the given file.
  package func run<Value: Sendable>(on path: String, _ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      queue(for: path).async { continuation.resume(returning: work()) }
    }
  }

  private func queue(for path: String) -> DispatchQueue {
    queues[Int(path.hashValue.magnitude % UInt(queues.count))]
  }
}
