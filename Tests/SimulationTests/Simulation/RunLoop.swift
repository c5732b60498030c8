// SPDX-License-Identifier: Apache-2.0
import Dispatch

/// Runs whatever prefers it on one queue, first come, first served: tasks, their children and actors take turns in an order
/// that is the same in every run.
final class RunLoop: TaskExecutor {
  private let queue = DispatchQueue(label: "simulation")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
