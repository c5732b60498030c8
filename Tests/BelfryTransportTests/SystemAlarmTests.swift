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

  @Test("does not go off once it is unset")
  func isUnset() async {
    let count = Mutex(0)
    let alarms = (0..<50).map { _ in SystemTime().alarm { count.withLock { $0 += 1 } } }
    for alarm in alarms {
      alarm.set(after: .milliseconds(20))
      alarm.unset()
    }
    let last = makeAlarm()
    last.set(after: .milliseconds(60))
    await nextCall()
    // On a busy machine, one may be due before it is unset.
    #expect(count.withLock { $0 } < alarms.count)
  }
}
