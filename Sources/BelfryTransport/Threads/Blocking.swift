// SPDX-License-Identifier: Apache-2.0
internal import Dispatch

/// Runs what blocks on a thread of its own, and gives back what came of it.
///
/// A global dispatch queue is no place for it: on Linux tasks run on the same few threads, and as many calls that block as
/// there are processors would hold up every task for a second or more, until new threads are made.
package func onOwnThread<Outcome: Sendable>(
  named name: String,
  _ body: @escaping @Sendable () -> Outcome
) async -> Outcome {
  await withCheckedContinuation { continuation in
    let work: @Sendable () -> Void = { continuation.resume(returning: body()) }
    // Held up is better than not done at all.
    if !startThread(name: name, work) { DispatchQueue.global().async(execute: work) }
  }
}
