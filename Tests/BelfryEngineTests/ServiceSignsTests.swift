// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryTesting
import BelfryTransport
import Synchronization
import Testing

@Suite("The service manager")
struct ServiceSignsTests {
  private let time = VirtualTime()
  private let heard = Heard()

  private final class Heard: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ states: [String]) { lines.withLock { $0 += states } }
    var all: [String] { lines.withLock { $0 } }
  }

  private func signs(watchdog: Duration?, _ vitals: Vitals) -> ServiceSigns {
    ServiceSigns(watchdog: watchdog, vitals: vitals, time: time, console: Console(time: time) { _ in }) {
      [heard] states in
      heard.add(states)
      return nil
    }
  }

  @Test("is notified of readiness, of life at half the watchdog's time while all parts are well, and of the stop")
  func life() async {
    let vitals = Vitals(from: time.elapsed())
    let running = Task { [signs = signs(watchdog: .seconds(60), vitals)] in await signs.run() }
    for _ in 0..<2 {
      await time.whenAsleep(1)
      for part in Vitals.Part.allCases { vitals.beat(part, at: time.elapsed()) }
      time.advance(by: .seconds(30))
    }
    await time.whenAsleep(1)
    running.cancel()
    await running.value
    #expect(
      heard.all == [
        "READY=1", "STATUS=watching", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1", "STATUS=finishing work in progress",
      ]
    )
  }

  @Test("gets no more signs of life if a part hangs, and the status names it")
  func hangs() async {
    let vitals = Vitals(from: time.elapsed())
    let running = Task { [signs = signs(watchdog: .seconds(200), vitals)] in await signs.run() }
    await time.whenAsleep(1)
    vitals.beat(.cycle, at: time.elapsed() + .seconds(60))
    time.advance(by: .seconds(100))
    await time.whenAsleep(1)
    running.cancel()
    await running.value
    #expect(heard.all.contains("STATUS=the dispatcher made no progress for 1m30s"))
    #expect(!heard.all.contains("WATCHDOG=1"))
  }

  @Test("is only notified of readiness and the stop without a watchdog")
  func quiet() async {
    let vitals = Vitals(from: time.elapsed())
    let running = Task { [signs = signs(watchdog: nil, vitals)] in await signs.run() }
    await time.whenAsleep(1)
    for part in Vitals.Part.allCases { vitals.beat(part, at: time.elapsed()) }
    time.advance(by: .seconds(90))
    await time.whenAsleep(1)
    running.cancel()
    await running.value
    #expect(heard.all.filter { !$0.hasPrefix("STATUS") } == ["READY=1", "STOPPING=1"])
  }
}
