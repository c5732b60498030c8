// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("What is pushed")
struct PushTests {
  private static let rules = #"{"routes": [{"to": "pager", "resolved": true}], "cooldown": "0s"}"#

  private func disk(_ severity: Severity = .warning) -> Alert {
    Alert(source: .push, id: "d", severity: severity, category: "disk", title: "Disk")
  }

  @Test("is told once, however often it is pushed, and lives as long as it is")
  func keptAlive() throws {
    var bench = try PolicyBench(PushTests.rules)
    #expect(bench.take(.pushed(disk(), until: Expiry(at: bench.now + .seconds(240)))).count == 1)
    for _ in 1...5 {
      #expect(bench.advance(by: .seconds(60)) == [])
      #expect(bench.take(.pushed(disk(), until: Expiry(at: bench.now + .seconds(240)))) == [])
    }
    #expect(bench.alerts[disk().key]?.isActive == true)
    #expect(bench.advance(by: .seconds(239)) == [])
    #expect(bench.advance(by: .seconds(2)).count == 1)
    #expect(bench.decisions.contains { $0.reason.contains("not pushed again") })
    #expect(bench.alerts[disk().key]?.isActive == false)
  }

  @Test("ends when that is said, and begins anew afterwards")
  func again() throws {
    var bench = try PolicyBench(PushTests.rules)
    bench.take(.pushed(disk(), until: Expiry(at: bench.now + .seconds(240))))
    #expect(bench.take(.resolved(disk().key)).count == 1)
    #expect(bench.take(.resolved(disk().key)) == [])
    #expect(bench.take(.pushed(disk(), until: Expiry(at: bench.now + .seconds(240)))).count == 1)
  }

  @Test("is told again when it became worse")
  func worse() throws {
    var bench = try PolicyBench(PushTests.rules)
    bench.take(.pushed(disk(), until: Expiry(at: bench.now + .seconds(240))))
    #expect(bench.take(.pushed(disk(.critical), until: Expiry(at: bench.now + .seconds(240)))).count == 1)
  }

  @Test("a silence for a label that only stands for something else silences it too")
  func labelled() throws {
    var bench = try PolicyBench(PushTests.rules)
    var matcher = Matcher()
    matcher.labels = [Matcher.LabelMatcher(name: "alertname", patterns: Patterns([.exact("disk")]))]
    let until = bench.now + .seconds(3600)
    bench.take(
      .silenced(Silence(id: SilenceID("s"), matcher: matcher, from: bench.now, until: until, author: "ann"))
    )
    #expect(bench.take(.pushed(disk(), until: Expiry(at: until))) == [])
    var named = disk()
    named.id = "e"
    named.labels = ["alertname": "Other"]
    #expect(bench.take(.pushed(named, until: Expiry(at: until))).count == 1)
  }
}
