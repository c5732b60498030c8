// SPDX-License-Identifier: Apache-2.0
import Dispatch

/// Runs its tasks on one queue, first come, first served, so that tasks, their children and actors take turns in the
/// same order in every run.
final class RunLoop: TaskExecutor {
  let queue = DispatchQueue(label: "simulation")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
