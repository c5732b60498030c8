// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Belfry
import BelfryPolicy
import BelfryTestKit
import Foundation
import Synchronization
import Testing
@testable import BelfryApp

@Suite("The shutdown watchdog", .endsIfItHangs)
struct ShutdownWatchdogTests {
  @Test(
    "ends a process that was asked to stop even if every thread of the task pool hangs",
    arguments: [SIGTERM, SIGINT]
  )
  func hanging(signal: Int32) async {
    let result = await #expect(
      processExitsWith: .exitCode(ExitStatus.overdue.rawValue),
      observing: [\.standardErrorContent]
    ) {
      [signal] in
      let watchdog = await ShutdownWatchdog.begin(limit: .milliseconds(300)) { Output.error("not stopped in time") }
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<64 {
          group.addTask {
            // A hanging computation sees no cancellation.
            while getppid() != -1 { kill(getpid(), 0) }
          }
        }
        Thread.detachNewThread { kill(getpid(), signal) }
        await group.waitForAll()
      }
      watchdog.end()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("not stopped in time"))
  }

  @Test("lets a process that stops in time end by itself")
  func stopping() async {
    await #expect(processExitsWith: .exitCode(0)) {
      let watchdog = await ShutdownWatchdog.begin(limit: .seconds(600)) { Output.error("not stopped in time") }
      kill(getpid(), SIGTERM)
      watchdog.end()
      exit(0)
    }
  }
}
