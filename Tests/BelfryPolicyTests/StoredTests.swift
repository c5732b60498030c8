// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
@testable import Belfry
@testable import BelfryPolicy

@Suite("A stored value")
struct StoredTests {
  /// A value of each stored type, every field of which is written.
  static let samples: [StoredSample] = {
    let moment = Instant(microseconds: 1_800_000_000_000_001)
    let alert = Alert(
      source: "app",
      id: "disk-1",
      severity: .warning,
      category: "disk",
      title: "T",
      detail: "D",
      labels: ["host": "a", "": "b"],
      panel: "P",
      link: "/p",
      firstSeen: "2026-11-23T17:00:00Z",
      annotations: ["summary": "T", "runbook_url": "https://wiki/disk"],
      sourceLink: "https://prometheus/graph"
    )
    let cause = Decision.Cause(.worsened(from: .info, to: .critical), .held(by: .digest("daily"), detail: "d"))
    let start = Wait.Start(at: moment, rule: Rule(path: "routes[0].digest", line: 4), cause: cause)
    let wait = Wait(.digest("daily"), for: ["mail"], since: start)
    var sent = NotifiedChannel(
      channel: "mail",
      route: "4e",
      covers: ["5f"],
      state: .flapping,
      severity: .info,
      delivery: DeliveryID("d1"),
      at: moment
    )
    sent.last = DeliveryID("d2")
    sent.at = moment + .seconds(1)
    let acknowledgement = Acknowledgement(by: "ann", at: moment, comment: "on it")
    var window = CooldownWindow(until: moment, severity: .info, release: moment + .seconds(1), ended: 1, held: 2)
    window.only = alert.key
    window.onlySince = Instant(seconds: 7)
    let thread = Thread(["mail": [DeliveryID("d1"), DeliveryID("d2")]])
    var group = GroupState()
    (group.restsUntil, group.due, group.firing, group.ended, group.thread) = (moment, moment, 2, 1, thread)
    let recent = BurstState.Recent(at: moment, alert: alert)
    var burst = BurstState()
    (burst.until, burst.count, burst.recent, burst.thread) = (moment, 3, [recent], thread)
    var reason = Verdict.Reason("http_503", "It answered 503.")
    reason.outcome = .retry
    let forwarding = Notice.Forwarding(from: "pager", because: reason, since: moment)
    let changes = Notice.AlertFlags.Changes(count: 5, period: .seconds(20))
    let flags = Notice.AlertFlags(
      isResolved: true,
      isFlapping: true,
      firings: 2,
      firedFor: .seconds(60),
      changes: changes,
      since: moment,
      acknowledgedBy: "ann"
    )
    return [
      StoredSample(changes),
      StoredSample(alert, fields: StoredSample.alertFields),
      StoredSample(record(alert, moment, [sent], [wait], acknowledgement)),
      StoredSample(sent), StoredSample(acknowledgement), StoredSample(wait), StoredSample(start),
      StoredSample(Rule(path: "routes[0]", line: 4)),
      StoredSample(
        CauseFields(
          trigger: "t",
          hold: .digest("d"),
          isActive: false,
          from: .info,
          to: .critical,
          after: .seconds(1),
          name: "n",
          text: "t",
          factor: "f",
          holder: .digest("d"),
          silence: SilenceID("s"),
          detail: "d",
          count: 2
        )
      ),
      StoredSample(CooldownState(["mail": window], shared: window)), StoredSample(window),
      StoredSample(CooldownState.ChannelWindow(channel: "mail", window: window)),
      StoredSample(group), StoredSample(burst), StoredSample(recent),
      StoredSample(Thread.Ends(channel: "mail", first: DeliveryID("d1"), last: DeliveryID("d2"))),
      StoredSample(InhibitionState(count: 2, ended: 1)), StoredSample(MuteState(ended: 1)),
      StoredSample(ExpectationState(arrivedAt: moment, isActive: true)),
      StoredSample(
        DeliveryBody(
          kind: "group",
          name: "cluster=a",
          firing: 1,
          ended: 2,
          severity: .warning,
          reason: "more alerts",
          route: "routes[0]",
          routeIdentity: "4e",
          suppressed: 3,
          follows: [DeliveryID("d0")],
          forwardings: [forwarding],
          group: GroupIdentity(key: "4e:cluster=a", labels: ["cluster": "a"]),
          alerts: [alert],
          states: [DeliveryBody.AlertState(alert: 0, flags: flags)]
        )
      ),
      StoredSample(GroupIdentity(key: "k", labels: ["a": "b"])),
      StoredSample(DeliveryBody.AlertState(alert: 1, flags: flags)), StoredSample(forwarding), StoredSample(reason),
      StoredSample(AttemptMemory(refusal: reason, isInDoubt: true, cutOff: 2, mayHaveArrived: true)),
      StoredSample(silence(moment)),
      StoredSample(WindowTexts(from: "22:00", to: "07:00", zone: "Europe/Paris", days: ["mon", "fri"])),
    ]
  }()

  private static func record(
    _ alert: Alert,
    _ moment: Instant,
    _ sent: [NotifiedChannel],
    _ waits: [Wait],
    _ acknowledgement: Acknowledgement
  ) -> AlertRecord {
    var record = AlertRecord(alert: alert, firedAt: moment)
    record.isActive = false
    record.resolvedAt = moment
    record.notified = sent
    record.past = sent
    record.waits = waits
    record.timer = moment
    record.expiry = Expiry(at: moment, isTimeout: true)
    record.acknowledgement = acknowledgement
    record.changes = [moment]
    record.isFlapping = true
    record.firings = 3
    record.inhibits = [GroupKey("x:host=a")]
    record.groups = [GroupKey("y:cluster=b")]
    record.dropped = .silence(SilenceID("k7fm"))
    return record
  }

  private static func silence(_ moment: Instant) -> Silence {
    var matcher = Matcher()
    matcher.severity = SeveritySelector([.info])
    matcher.category = Patterns([.exact("disk"), .not(Patterns([.exact("x")]))])
    matcher.source = Patterns([.exact("app")])
    matcher.labels = [Matcher.LabelMatcher(name: "team", patterns: Patterns([.exact("web")]))]
    var silence = Silence(
      id: SilenceID("k7fm"),
      matcher: matcher,
      from: moment,
      until: moment + .seconds(60),
      author: "ann",
      comment: "deploy",
      sendsAfterwards: false
    )
    let texts = #"{"from":"22:00","to":"07:00","zone":"Europe/Paris","days":["mon","fri"]}"#
    silence.hours = WallClockWindow(stored: Array(texts.utf8))
    silence.endedAt = moment
    silence.endedBy = "bob"
    return silence
  }

  @Test("has each of its fields in its sample here, and is read back as it was", arguments: samples)
  func whole(sample: StoredSample) throws {
    #expect(try sample.members().keys.sorted() == sample.written.map(\.name).sorted())
    #expect(sample.again(sample.text) == sample.text)
  }

  @Test("is read when a newer Belfry has added fields of any kind, and whatever their order", arguments: samples)
  func addedFields(sample: StoredSample) throws {
    for value in ["1", "\"x\"", "true", "null", #"[1,{"a":[]}]"#, #"{"id":"x","zzz":{}}"#] {
      for name in ["", "a_new", "zzz_new", "nöu"] {
        let members = try sample.members().merging([name: try StoredSample.value(value)]) { $1 }
        #expect(sample.again(try StoredSample.text(of: members)) == sample.text, "\(name): \(value)")
      }
    }
  }

  @Test("is read when an older Belfry did not write a field, unless there is no value without it", arguments: samples)
  func missingFields(sample: StoredSample) throws {
    for field in sample.written {
      var members = try sample.members()
      members[field.name] = nil
      let again = sample.again(try StoredSample.text(of: members))
      guard !field.isRequired else {
        #expect(again == nil, "\(field.name)")
        continue
      }
      let rewritten = try #require(again, "\(field.name)")
      #expect(rewritten != sample.text, "\(field.name)")
      let expected = try StoredSample.members(of: rewritten).merging(members) { found, _ in found }
      #expect(
        try StoredSample.text(of: expected) == (try StoredSample.text(of: StoredSample.members(of: rewritten))),
        "\(field.name)"
      )
    }
  }

  @Test("is not read when a field is of another type", arguments: samples)
  func wrongTypes(sample: StoredSample) throws {
    for field in sample.written {
      let members = try sample.members().merging([field.name: try StoredSample.value("3.5")]) { $1 }
      #expect(sample.again(try StoredSample.text(of: members)) == nil, "\(field.name)")
    }
  }

  @Test("is not read from what was cut short", arguments: samples)
  func cutShort(sample: StoredSample) {
    let bytes = Array(sample.text.utf8)
    for count in 0..<bytes.count {
      #expect(sample.again(String(decoding: bytes.prefix(count), as: UTF8.self)) == nil)
    }
  }
}

@Suite("What an older Belfry stored otherwise")
struct OlderStoredTests {
  @Test("the flags of a delivery")
  func flags() throws {
    let text =
      #"{"kind":"burst","severity":"info","reason":"r","route":"x","alerts":["#
      + #"{"id":"a","severity":"info","category":"","title":"t","detail":""},"#
      + #"{"id":"b","severity":"info","category":"","title":"t","detail":""}],"marks":[[1,1,0,3],[7,1,1,1]]}"#
    let delivery = try #require(NewDelivery(id: DeliveryID("d"), channel: "mail", stored: Array(text.utf8)))
    let key = AlertKey(source: "", id: "b")
    #expect(delivery.flags == [key: Notice.AlertFlags(isResolved: true, isFlapping: false, firings: 3)])
  }

  @Test("how many of a group ended")
  func ended() throws {
    let text =
      #"{"kind":"group","name":"n","firing":2,"suppressed":5,"severity":"info","reason":"r","route":"x","alerts":[]}"#
    let delivery = try #require(NewDelivery(id: DeliveryID("d"), channel: "mail", stored: Array(text.utf8)))
    #expect(delivery.content == .group(name: "n", [], firing: 2, ended: 5) && delivery.suppressed == 0)
  }

  @Test("the hours of a silence")
  func hours() throws {
    let text =
      #"{"id":"k7fm","match":{},"from":1,"until":2,"hours":["22:00","07:00","Europe/Paris"],"days":["mon","fri"],"#
      + #""author":"ann","comment":""}"#
    let silence = try #require(Silence(stored: Array(text.utf8)))
    #expect(silence.hours?.text == "22:00 to 07:00 Europe/Paris" && silence.hours?.days == [.mon, .fri])
    for (right, wrong) in [("22:00", "29:00"), ("Europe/Paris", "Nowhere"), (#"["mon","fri"]"#, "[]")] {
      #expect(Silence(stored: Array(text.replacing(right, with: wrong).utf8)) == nil)
    }
  }

  @Test("an attempt in doubt, as the ledger writes it in SQL")
  func doubt() {
    #expect(
      AttemptMemory(stored: Array(#"{"in_doubt":true,"cut_off":2}"#.utf8)) == AttemptMemory(isInDoubt: true, cutOff: 2)
    )
  }
}

@Suite("What a newer Belfry stored, and this one does not know")
struct NewerStoredTests {
  @Test("is a class of reasons: the reason has none")
  func reasons() {
    let reason = Verdict.Reason(stored: Array(#"{"code":"c","text":"t","class":"throttled"}"#.utf8))
    #expect(reason == Verdict.Reason("c", "t"))
  }

  @Test("is a condition of a silence, which is then not read: it would match more than was meant")
  func matchers() {
    let text = #"{"id":"k7fm","match":{"category":["disk"]},"from":1,"until":2}"#
    #expect(Silence(stored: Array(text.utf8))?.matcher.category != nil)
    let newer = text.replacing(#"["disk"]"#, with: #"["disk"],"region":["eu"]"#)
    #expect(Silence(stored: Array(newer.utf8)) == nil)
  }
}

/// A stored value with its text, and what its type's fields are.
struct StoredSample: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let text: String
  /// The fields that are written.
  let written: [(name: String, isRequired: Bool)]
  /// The text of what is read from a text; nil where that is no value.
  let again: @Sendable (String) -> String?

  /// The fields of an alert, which leaves out what its annotations repeat.
  static let alertFields: [(name: String, isRequired: Bool)] =
    ["id", "severity", "category", "title", "detail"].map { ($0, true) }
    + [
      "source", "source_panel", "source_panel_route", "first_seen_at", "labels", "annotations", "generatorURL",
      "repeated",
    ].map { ($0, false) }

  init<Value: Storable>(_ value: Value) {
    self.init(value, fields: Value.stored.fields.filter { $0.write != nil }.map { ($0.key, $0.isRequired) })
  }

  init<Value: StoredItem>(_ value: Value, fields: [(name: String, isRequired: Bool)]) {
    testDescription = String(describing: Value.self)
    text = StoredSample.encoded(value)
    written = fields
    again = { Value(stored: Array($0.utf8)).map(StoredSample.encoded) }
  }

  private static func encoded(_ value: some StoredItem) -> String {
    var writer = JSONWriter()
    value.encode(into: &writer)
    return writer.text
  }

  func members() throws -> [String: Any] { try StoredSample.members(of: text) }

  static func members(of text: String) throws -> [String: Any] { try #require(try value(text) as? [String: Any]) }

  static func value(_ text: String) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
  }

  /// In the order of the names, which is not that in which they are written.
  static func text(of members: [String: Any]) throws -> String {
    String(decoding: try JSONSerialization.data(withJSONObject: members, options: .sortedKeys), as: UTF8.self)
  }
}
