// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import BelfryTransport
import Synchronization

/// Whether a simulated process has died.
final class Life: Sendable {
  private let dead = Atomic(false)
  var isOver: Bool { dead.load(ordering: .acquiring) }
  func end() { dead.store(true, ordering: .releasing) }
}

/// The virtual clock for one process: once it has died, nothing sleeps any more.
struct ProcessTime: TimeSource {
  let clock: VirtualTime
  let life: Life

  func now() -> Instant { clock.now() }

  func elapsed() -> Duration { clock.elapsed() }

  func sleep(for duration: Duration) async throws {
    if life.isOver { throw CancellationError() }
    try await clock.sleep(for: duration)
  }

  func alarm(_ body: @escaping @Sendable () -> Void) -> any Alarm {
    ProcessAlarm(life: life, alarm: clock.alarm(body), body: body)
  }
}

/// An alarm that is due at once in a process that has died.
private struct ProcessAlarm: Alarm {
  let life: Life
  let alarm: any Alarm
  let body: @Sendable () -> Void

  func set(after duration: Duration) { if life.isOver { body() } else { alarm.set(after: duration) } }
  func unset() { alarm.unset() }
}
