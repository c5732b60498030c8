// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Groups")
struct GroupTests {
  private let file = """
    {"routes": [{"to": "pager", "resolved": true, "group": {"by": "cluster", "wait": "30s", "every": "5m"}}]}
    """
  private let eu: Labels = ["cluster": "eu"]
  private let us: Labels = ["cluster": "us"]

  private func text(_ delivery: NewDelivery) -> String {
    guard case .group(let name, let alerts, let firing, _) = delivery.content else { return delivery.text }
    let entries = alerts.map { $0.id + (delivery.flags[$0.key]?.isResolved == true ? "✓" : "") }
    return "\(name): \(entries.joined(separator: " ")) of \(firing), \(delivery.reason)"
  }

  @Test("alerts that share the label are sent together, after a wait for others")
  func together() throws {
    var environment = try PolicyEnvironment(file)
    #expect(environment.take(.fired("a", labels: eu)) == [])
    #expect(environment.reasons == ["hold a: new alert; waits for its group cluster=eu (routes[0].group)"])
    environment.advance(by: .seconds(20))
    #expect(environment.take(.fired("b", .critical, labels: eu), .fired("c", labels: us)) == [])
    environment.advance(by: .seconds(10))
    #expect(environment.deliveries.map(text) == ["cluster=eu: b a of 2, first message of its group"])
    environment.advance(by: .seconds(20))
    #expect(environment.deliveries.map(text) == ["cluster=us: c of 1, first message of its group"])
  }

  @Test("alerts that join or end later are in one update, which continues the first message")
  func update() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a", labels: eu), .fired("b", labels: eu))
    environment.advance(by: .seconds(30))
    let first = environment.deliveries.map(\.id)
    environment.take(.fired("c", labels: eu), .ended("a"))
    #expect(environment.advance(by: .seconds(299)) == [])
    environment.advance(by: .seconds(1))
    #expect(environment.deliveries.map(text) == ["cluster=eu: a✓ c of 2, more alerts, some resolved"])
    #expect(environment.deliveries.first?.follows == first)
    environment.take(.ended("b"), .ended("c"))
    environment.advance(by: .minutes(5))
    #expect(environment.deliveries.map(text) == ["cluster=eu: b✓ c✓ of 0, all resolved"])
    environment.advance(by: .minutes(10))
    #expect(environment.entries == [:])
    #expect(environment.timers == [:])
  }

  @Test("its messages carry one identity, with the values that its alerts share and have")
  func identity() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"to": "pager", "group": {"by": ["cluster", "category", "none"], "wait": "30s", "every": "5m"}}]}
      """
    )
    environment.take(.fired("a", labels: eu), .fired("b", labels: us))
    environment.advance(by: .seconds(30))
    let first = environment.deliveries.compactMap(\.group)
    let labels: Set<Labels> = [["cluster": "eu", "category": "disk"], ["cluster": "us", "category": "disk"]]
    #expect(Set(first.map(\.labels)) == labels)
    #expect(Set(first.map(\.key)).count == 2)
    environment.take(.fired("c", labels: eu))
    environment.advance(by: .minutes(5))
    let second = try #require(environment.deliveries.first)
    #expect(first.contains { $0 == second.group })
    var writer = JSONWriter()
    second.encode(into: &writer)
    let read = NewDelivery(id: second.id, channel: second.channel, stored: writer.bytes)
    #expect(read?.group == second.group)
  }

  @Test("reminders of its alerts carry its identity, those of several groups none")
  func identityOfReminders() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "pager", "group": {"by": "cluster", "wait": 0}, "repeat": "4h"}]}"#
    )
    environment.take(.fired("a", labels: eu), .fired("b", labels: eu))
    environment.advance(by: .zero)
    let group = try #require(environment.deliveries.first?.group)
    _ = environment.advanceTogether(by: .hours(4))
    #expect(environment.deliveries.map(\.content.kind) == ["reminder"])
    #expect(environment.deliveries.map(\.group) == [group])
    environment.take(.fired("c", labels: us))
    environment.advance(by: .zero)
    _ = environment.advanceTogether(by: .hours(8))
    #expect(environment.deliveries.contains { $0.content.alerts.count == 3 && $0.group == nil })
  }

  @Test("without news nothing is sent; an alert after a long rest waits for others again")
  func rest() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a", labels: eu))
    #expect(environment.advance(by: .hours(3)).count == 1)
    environment.take(.fired("b", labels: eu))
    #expect(environment.advance(by: .seconds(29)) == [])
    environment.advance(by: .seconds(1))
    #expect(environment.deliveries.map(text) == ["cluster=eu: b of 2, more alerts"])
  }

  @Test("an alert that came and went while its group waited is counted, not listed")
  func cameAndWent() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a", labels: eu), .fired("b", labels: eu))
    environment.take(.ended("b"))
    #expect(environment.reasons == ["suppress b: resolved while held by its group (routes[0])"])
    environment.advance(by: .seconds(30))
    #expect(environment.deliveries.map(text) == ["cluster=eu: a of 1, first message of its group"])
    #expect(environment.deliveries.map(\.content.ended) == [1])
    #expect(environment.deliveries.map(\.suppressed) == [0])
  }

  @Test("an end that is revoked before it was sent is not mentioned")
  func flickers() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a", labels: eu))
    environment.advance(by: .seconds(30))
    environment.take(.ended("a"))
    environment.take(.fired("a", labels: eu))
    #expect(environment.advance(by: .hours(1)) == [])
    #expect(environment.lists == [:])
  }

  @Test("without `resolved`, an end is not sent, and no longer counts")
  func silentEnd() throws {
    var environment = try PolicyEnvironment(#"{"routes": [{"to": "pager", "group": {"wait": "0s", "every": "1m"}}]}"#)
    environment.take(.fired("a"))
    environment.advance(by: .zero)
    environment.take(.ended("a"))
    environment.take(.fired("b"))
    environment.advance(by: .minutes(1))
    #expect(environment.deliveries.map(text) == [": b of 1, more alerts"])
  }

  @Test("a group has its own pace: no cooldown holds its alerts, and it starts none")
  func noCooldown() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a", labels: eu))
    environment.advance(by: .seconds(30))
    environment.take(.fired("b", labels: eu))
    #expect(environment.advance(by: .minutes(5)) == ["pager: group b"])
    #expect(environment.windows == [:])
  }

  @Test("an alert that becomes more severe is sent again with its group")
  func worse() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a", labels: eu))
    environment.advance(by: .seconds(30))
    environment.take(.changed(.test("a", .critical, labels: eu)))
    environment.advance(by: .minutes(5))
    #expect(environment.deliveries.map(text) == ["cluster=eu: a of 1, more alerts"])
  }

  @Test("many groups at once are each one message", arguments: [1, 40])
  func many(count: Int) throws {
    var environment = try PolicyEnvironment(file)
    environment.take((0..<count * 3).map { .fired("a\($0)", labels: ["cluster": "c\($0 % count)"]) })
    #expect(environment.advance(by: .seconds(30)).count == count)
  }

  @Test(
    "a group with a cooldown, burst or digest on one route is an error",
    arguments: ["cooldown", "burst", "digest"]
  )
  func mistakes(key: String) {
    let value = ["cooldown": #""5m""#, "burst": #"{"over": 3}"#, "digest": #""d""#][key] ?? ""
    let digests = #""digests": {"d": {"every": "1h", "to": "mail"}}"#
    #expect(throws: (any Error).self) {
      try PolicyEnvironment(#"{"routes": [{"to": "mail", "group": {}, "\#(key)": \#(value)}], \#(digests)}"#)
    }
  }
}
