// SPDX-License-Identifier: Apache-2.0
internal import Dispatch

/// Runs blocking work on its own thread and returns its result.
///
/// A global dispatch queue is unsuitable. On Linux, tasks run on the same few threads. As many blocking calls as there
/// are processors would stall every task for a second or more, until new threads are made.
package func onOwnThread<Outcome: Sendable>(
  named name: String,
  _ body: @escaping @Sendable () -> Outcome
) async -> Outcome {
  await withCheckedContinuation { continuation in
    let work: @Sendable () -> Void = { continuation.resume(returning: body()) }
    // A delay is better than not running it at all.
    if !startThread(name: name, work) { DispatchQueue.global().async(execute: work) }
  }
}
