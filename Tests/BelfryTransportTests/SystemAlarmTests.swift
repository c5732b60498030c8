// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTransport
import Synchronization
import Testing

@Suite("An alarm of the system", .endsIfItHangs)
struct SystemAlarmTests {
  private let calls = AsyncStream<Void>.makeStream()

  private func makeAlarm() -> any Alarm { SystemTime().alarm { [calls] in calls.continuation.yield() } }

  private func nextCall() async {
    for await _ in calls.stream { return }
  }

  @Test("goes off when its time has come, as often as it is set")
  func goesOff() async {
    let alarm = makeAlarm()
    for _ in 1...3 {
      let time = SystemTime()
      let begun = time.elapsed()
      alarm.set(after: .milliseconds(3))
      await nextCall()
      #expect(time.elapsed() - begun >= .milliseconds(3))
    }
  }

  @Test("goes off earlier if it is set to an earlier time")
  func comesEarlier() async {
    let alarm = makeAlarm()
    alarm.set(after: .seconds(600))
    alarm.set(after: .milliseconds(1))
    await nextCall()
  }

  @Test("goes off once, at the later time, if it is set to a later one")
  func comesLater() async {
    let time = SystemTime()
    let begun = time.elapsed()
    let alarm = makeAlarm()
    alarm.set(after: .milliseconds(1))
    alarm.set(after: .milliseconds(30))
    await nextCall()
    #expect(time.elapsed() - begun >= .milliseconds(30))
  }

  @Test("goes off no more once it is unset")
  func isUnset() async {
    let unset = Mutex(0)
    let first = SystemTime().alarm { unset.withLock { $0 += 1 } }
    first.set(after: .milliseconds(1))
    first.unset()
    let second = makeAlarm()
    second.set(after: .milliseconds(20))
    await nextCall()
    // A call may have been under way when it was unset.
    let count = unset.withLock { $0 }
    #expect(count <= 1)
    second.set(after: .milliseconds(20))
    await nextCall()
    #expect(unset.withLock { $0 } == count)
  }
}
