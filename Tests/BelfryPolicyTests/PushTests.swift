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
    var environment = try PolicyEnvironment(PushTests.rules)
    #expect(environment.take(.pushed(disk(), until: Expiry(at: environment.now + .seconds(240)))).count == 1)
    for _ in 1...5 {
      #expect(environment.advance(by: .seconds(60)) == [])
      #expect(environment.take(.pushed(disk(), until: Expiry(at: environment.now + .seconds(240)))) == [])
    }
    #expect(environment.alerts[disk().key]?.isActive == true)
    #expect(environment.advance(by: .seconds(239)) == [])
    #expect(environment.advance(by: .seconds(2)).count == 1)
    #expect(environment.decisions.contains { $0.reason.contains("not pushed again") })
    #expect(environment.alerts[disk().key]?.isActive == false)
  }

  @Test("end when their end is pushed, and start again afterwards")
  func again() throws {
    var environment = try PolicyEnvironment(PushTests.rules)
    environment.take(.pushed(disk(), until: Expiry(at: environment.now + .seconds(240))))
    #expect(environment.take(.resolved(disk().key)).count == 1)
    #expect(environment.take(.resolved(disk().key)) == [])
    #expect(environment.take(.pushed(disk(), until: Expiry(at: environment.now + .seconds(240)))).count == 1)
  }

  @Test("are sent again when they become more severe")
  func worse() throws {
    var environment = try PolicyEnvironment(PushTests.rules)
    environment.take(.pushed(disk(), until: Expiry(at: environment.now + .seconds(240))))
    #expect(environment.take(.pushed(disk(.critical), until: Expiry(at: environment.now + .seconds(240)))).count == 1)
  }

  @Test("are also silenced by labels that stand for their other fields")
  func labelled() throws {
    var environment = try PolicyEnvironment(PushTests.rules)
    var matcher = Matcher()
    matcher.labels = [Matcher.LabelMatcher(name: "alertname", patterns: Patterns([.exact("disk")]))]
    let until = environment.now + .seconds(3600)
    environment.take(
      .silenced(Silence(id: SilenceID("s"), matcher: matcher, from: environment.now, until: until, author: "ann"))
    )
    #expect(environment.take(.pushed(disk(), until: Expiry(at: until))) == [])
    var named = disk()
    named.id = "e"
    named.labels = ["alertname": "Other"]
    #expect(environment.take(.pushed(named, until: Expiry(at: until))).count == 1)
  }
}
