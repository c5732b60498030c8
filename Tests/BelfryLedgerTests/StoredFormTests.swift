// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import Testing

@Suite("The stored form")
struct StoredFormTests {
  private static let alert = Alert(
    source: "app",
    id: "a",
    severity: .warning,
    category: "disk",
    title: "T",
    detail: "D"
  )

  private static let record: AlertRecord = {
    var record = AlertRecord(alert: alert, firedAt: Instant(microseconds: 1_800_000_000_000_001))
    record.isActive = false
    record.resolvedAt = Instant(microseconds: -5)
    record.notified = [
      NotifiedChannel(
        channel: "pager",
        route: "4e",
        covers: ["5f"],
        severity: .info,
        delivery: DeliveryID("d1"),
        at: Instant(seconds: 7)
      )
    ]
    record.notified[0].last = DeliveryID("d2")
    record.notified[0].at = Instant(seconds: 9)
    record.notified.append(
      NotifiedChannel(
        channel: "log",
        state: .flapping,
        severity: Severity("odd"),
        delivery: DeliveryID("d3"),
        at: record.firedAt
      )
    )
    let cause = Decision.Cause(.firstSeen, .held(by: .cooldown(GroupKey("category=disk:x"))))
    let start = Wait.Start(at: Instant(microseconds: 3), rule: Rule(path: "cooldown", line: 2), cause: cause)
    record.waits = [
      Wait(.cooldown(GroupKey("category=disk:x")), for: ["pager", "log"], since: start), Wait(.digest("daily")),
    ]
    record.timer = Instant(microseconds: 1)
    record.expiry = Expiry(at: Instant(microseconds: 2), isTimeout: true)
    record.acknowledgement = Acknowledgement(by: "ann", at: Instant(microseconds: 4), comment: "on it")
    record.changes = [Instant(microseconds: 5), Instant(microseconds: 6)]
    record.isFlapping = true
    record.firings = 3
    record.inhibits = [GroupKey("x:host=a")]
    record.groups = [GroupKey("y:cluster=b")]
    record.dropped = Rule(path: "unrouted", line: 4)
    return record
  }()

  private static let delivery = {
    var delivery = NewDelivery(
      id: DeliveryID("d2"),
      channel: "mail",
      content: .followup([alert], ended: 2),
      reason: "the cooldown ended",
      route: "routes[1]",
      severity: .warning,
      suppressed: 4,
      follows: [DeliveryID("d1")]
    )
    delivery.routeIdentity = "4e"
    return delivery
  }()

  private static let alertText = """
    {"source":"app","id":"a","severity":"warning","category":"disk","title":"T","detail":"D"}
    """

  private static let recordText =
    #"{"alert":"# + alertText + #","active":false,"fired_at":1800000000000001,"resolved_at":-5,"#
    + #""told":[{"channel":"pager","severity":"info","first":"d1","since":7000000,"last":"d2","at":9000000,"#
    + #""route":"4e","covers":["5f"]},"#
    + #"{"channel":"log","state":"flapping","severity":"odd","first":"d3","since":1800000000000001}],"#
    + #""waits":[{"hold":"cooldown:category=disk:x","channels":["pager","log"],"start":{"at":3,"#
    + #""rule":{"path":"cooldown","line":2},"#
    + #""cause":{"trigger":"first_seen","factor":"held","holder":"cooldown:category=disk:x"}}},{"hold":"digest:daily"}],"#
    + #""timer":1,"expires_at":2,"expires_by_timeout":true,"#
    + #""acknowledged":{"by":"ann","at":4,"comment":"on it"},"changes":[5,6],"flapping":true,"firings":3,"#
    + #""inhibits":["x:host=a"],"groups":["y:cluster=b"],"dropped":{"path":"unrouted","line":4}}"#

  /// As Belfry wrote it up to version 7 of the ledger.
  private static let olderText =
    #"{"alert":"# + alertText + #","active":false,"fired_at":1800000000000001,"resolved_at":-5,"#
    + #""told":[["pager","firing","info","d1","d2","7000000","9000000","4e","5f"],"#
    + #"["log","flapping","odd","d3","","1800000000000001","",""]],"#
    + #""waits":["cooldown:category=disk:x","digest:daily"],"timer":1,"expires_at":2,"expires_by_timeout":true,"#
    + #""acknowledged":["ann","4","on it"],"changes":[5,6],"flapping":true,"firings":3,"#
    + #""inhibits":["x:host=a"],"groups":["y:cluster=b"],"dropped":["unrouted","4"]}"#

  private static let deliveryText =
    #"{"kind":"followup","ended":2,"severity":"warning","reason":"the cooldown ended","route":"routes[1]","#
    + #""route_id":"4e","suppressed":4,"follows":["d1"],"alerts":["# + alertText + "]}"

  private func text(_ encode: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    encode(&writer)
    return writer.text
  }

  @Test("of a record is this text, and reads back")
  func storesRecords() {
    #expect(text(Self.record.encode) == Self.recordText)
    #expect(AlertRecord(stored: Array(Self.recordText.utf8)) == Self.record)
  }

  @Test("of a record of an older Belfry is read, with waits that name no rule")
  func readsOlderRecords() throws {
    var expected = Self.record
    expected.waits = expected.holds.map { Wait($0) }
    #expect(AlertRecord(stored: Array(Self.olderText.utf8)) == expected)
    var record = expected
    record.dropped = .silence(SilenceID("k7fm"))
    let silenced = Self.olderText.replacing(#"["unrouted","4"]"#, with: #"["silence k7fm","-1"]"#)
    #expect(AlertRecord(stored: Array(silenced.utf8)) == record)
  }

  @Test("of a delivery is this text, and reads back")
  func storesDeliveries() {
    #expect(text(Self.delivery.encode) == Self.deliveryText)
    #expect(NewDelivery(id: DeliveryID("d2"), channel: "mail", stored: Array(Self.deliveryText.utf8)) == Self.delivery)
  }

  @Test("may have additions of a newer Belfry, which are ignored")
  func passesOver() {
    let added = Self.recordText.dropLast() + #","new":{"a":[1,null]}}"#
    #expect(AlertRecord(stored: Array(added.utf8)) == Self.record)
    let receipt = Receipt(["ts": "1"])
    #expect(Receipt(stored: Array(text(receipt.encode).utf8)) == receipt)
    let reason = #"{"code":"c","text":"t","more":[]}"#
    #expect(Verdict.Reason(stored: Array(reason.utf8)) == Verdict.Reason("c", "t"))
  }

  @Test("is not read from a truncated text", arguments: [recordText, olderText, deliveryText])
  func refusesCutTexts(whole: String) {
    let bytes = Array(whole.utf8)
    for count in 0..<bytes.count {
      let cut = Array(bytes.prefix(count))
      #expect(AlertRecord(stored: cut) == nil)
      #expect(NewDelivery(id: DeliveryID("d2"), channel: "mail", stored: cut) == nil)
    }
  }

  @Test(
    "is not read from a value of the wrong type",
    arguments: [
      ("1800000000000001", "\"now\""), ("\"digest:daily\"", "\"daily\""), (#"["pager","d1","info"]"#, #"["pager"]"#),
      ("false", "0"), ("\"warning\"", "3"), (alertText, "null"), ("\"followup\"", "\"telegram\""),
      (#"["d1"]"#, #"{"d1":1}"#), ("\"ended\":2", "\"ended\":\"2\""),
    ]
  )
  func refusesWrongTypes(right: String, wrong: String) {
    for whole in [Self.recordText, Self.olderText, Self.deliveryText] where whole.contains(right) {
      let bytes = Array(whole.replacing(right, with: wrong).utf8)
      #expect(AlertRecord(stored: bytes) == nil)
      #expect(NewDelivery(id: DeliveryID("d2"), channel: "mail", stored: bytes) == nil)
    }
  }
}
