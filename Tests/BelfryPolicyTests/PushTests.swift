// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Pushed alerts")
struct PushTests {
  private static let rules = #"{"routes": [{"to": "pager", "resolved": true}], "cooldown": "0s"}"#

  private func disk(_ severity: Severity = .warning) -> Alert {
    Alert(source: .push, id: "d", severity: severity, category: "disk", title: "Disk")
  }

  @Test("are sent once, however often they are pushed, and live as long as they state")
  func keptAlive() throws {
    var bench = try PolicyEnvironment(PushTests.rules)
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

  @Test("end when their end is pushed, and start again afterwards")
  func again() throws {
    var bench = try PolicyEnvironment(PushTests.rules)
    bench.take(.pushed(disk(), until: Expiry(at: bench.now + .seconds(240))))
    #expect(bench.take(.resolved(disk().key)).count == 1)
    #expect(bench.take(.resolved(disk().key)) == [])
    #expect(bench.take(.pushed(disk(), until: Expiry(at: bench.now + .seconds(240)))).count == 1)
  }

  @Test("are sent again when they become more severe")
  func worse() throws {
    var bench = try PolicyEnvironment(PushTests.rules)
    bench.take(.pushed(disk(), until: Expiry(at: bench.now + .seconds(240))))
    #expect(bench.take(.pushed(disk(.critical), until: Expiry(at: bench.now + .seconds(240)))).count == 1)
  }

  @Test("are also silenced by labels that stand for their other fields")
  func labelled() throws {
    var bench = try PolicyEnvironment(PushTests.rules)
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
