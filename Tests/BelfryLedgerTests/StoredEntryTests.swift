// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import Testing

@Suite("What holds remember")
struct StoredEntryTests {
  /// An entry, how it is written, and how Belfry wrote it up to version 7 of the ledger, where it could be written then.
  struct Case: Sendable, CustomTestStringConvertible {
    var entry: HoldState
    var text: String
    var older: String?

    var testDescription: String { text }
  }

  private static let alert = Alert(source: "app", id: "a", severity: .info, title: "T")
  private static let alertText = #"{"source":"app","id":"a","severity":"info","category":"","title":"T","detail":""}"#

  private static let thread = Thread(["mail": [DeliveryID("d1")], "pager": [DeliveryID("d2"), DeliveryID("d3")]])

  private static let group: HoldState = {
    var group = GroupState()
    group.restsUntil = Instant(microseconds: 5)
    group.due = Instant(microseconds: 6)
    group.firing = 2
    group.ended = 1
    group.thread = thread
    return .group(group)
  }()

  private static let burst: HoldState = {
    var burst = BurstState()
    burst.until = Instant(microseconds: 5)
    burst.count = 3
    burst.recent = [BurstState.Recent(at: Instant(microseconds: 4), alert: alert)]
    burst.thread = thread
    return .burst(burst)
  }()

  static let cases: [Case] = [
    Case(
      entry: .cooldown(
        CooldownState(shared: CooldownWindow(until: Instant(microseconds: 9), severity: .info, ended: 1, held: 2))
      ),
      text: #"{"cooldown":{"shared":{"until":9,"severity":"info","ended":1,"held":2}}}"#,
      older: #"["cooldown","9","info","1","2"]"#
    ),
    Case(
      entry: .cooldown(
        CooldownState([
          "pager": CooldownWindow(until: Instant(microseconds: 9), severity: .critical),
          "mail": CooldownWindow(
            until: Instant(microseconds: 9),
            severity: .info,
            release: Instant(microseconds: 8),
            held: 2
          ),
        ])
      ),
      text: #"{"cooldown":{"windows":[{"channel":"mail","window":{"until":9,"severity":"info","release":8,"held":2}},"#
        + #"{"channel":"pager","window":{"until":9,"severity":"critical"}}]}}"#
    ),
    Case(
      entry: group,
      text: #"{"group":{"rests_until":5,"due":6,"firing":2,"ended":1,"#
        + #""thread":[{"channel":"mail","first":"d1"},{"channel":"pager","first":"d2","last":"d3"}]}}"#,
      older: #"["group","5","6","2","1","mail","d1","d1","pager","d2","d3"]"#
    ),
    Case(
      entry: burst,
      text: #"{"burst":{"until":5,"count":3,"recent":[{"at":4,"alert":"# + alertText + "}],"
        + #""thread":[{"channel":"mail","first":"d1"},{"channel":"pager","first":"d2","last":"d3"}]}}"#,
      older: #"["burst","5","3","1","4","{\"source\":\"app\",\"id\":\"a\",\"severity\":\"info\",\"category\":\"\","#
        + #"\"title\":\"T\",\"detail\":\"\"}","mail","d1","d1","pager","d2","d3"]"#
    ),
    Case(
      entry: .inhibition(InhibitionState(count: 2, ended: 1)),
      text: #"{"inhibition":{"count":2,"ended":1}}"#,
      older: #"["inhibition","2","1"]"#
    ),
    Case(entry: .mute(MuteState(ended: 4)), text: #"{"mute":{"ended":4}}"#, older: #"["mute","4"]"#),
    Case(
      entry: .expectation(ExpectationState(arrivedAt: Instant(microseconds: 7), isActive: true)),
      text: #"{"expectation":{"came_at":7,"held":true}}"#,
      older: #"["expectation","7","held"]"#
    ),
  ]

  @Test("are written by name, and read back from that and from the list that an older Belfry wrote", arguments: cases)
  func stores(one: Case) {
    var writer = JSONWriter()
    one.entry.encode(into: &writer)
    #expect(writer.text == one.text)
    #expect(HoldState(stored: Array(one.text.utf8)) == one.entry)
    if let older = one.older { #expect(HoldState(stored: Array(older.utf8)) == one.entry) }
  }

  @Test("are read when a newer Belfry has added fields, and in any order")
  func passesOver() {
    let window = CooldownWindow(until: Instant(microseconds: 9), severity: .info, ended: 1)
    let text =
      #"{"cooldown":{"shared":{"severity":"info","new":{"a":[1,null]},"ended":1,"until":9},"more":[]},"later":1}"#
    #expect(HoldState(stored: Array(text.utf8)) == .cooldown(CooldownState(shared: window)))
  }

  @Test("are not read from what was cut short, lacks what must be there, or is of another type", arguments: cases)
  func refuses(one: Case) {
    for text in [one.text, one.older ?? one.text] {
      let bytes = Array(text.utf8)
      for count in 0..<bytes.count { #expect(HoldState(stored: Array(bytes.prefix(count))) == nil) }
    }
    #expect(
      HoldState(stored: Array(one.text.replacing("9", with: "\"9\"").utf8))
        == (one.text.contains("9") ? nil : one.entry)
    )
    for text in [#"{"cooldown":{"shared":{"until":9}}}"#, #"{"nosuch":{}}"#, "{}", #"["nosuch"]"#, "[]"] {
      #expect(HoldState(stored: Array(text.utf8)) == nil)
    }
  }
}

@Suite("The cause of a decision")
struct StoredCauseTests {
  private static let hold = HoldID.group(GroupKey("4e:cluster=b"))

  static let causes: [Decision.Cause] =
    ([
      .firstSeen, .firesAgain, .worsened(from: Severity("{odd"), to: .critical), .changed, .resolved,
      .expired(after: .seconds(60)), .expired(after: nil), .settled(after: .seconds(60)), .settled(after: nil),
      .cameAsExpected, .came, .notExpected, .released(hold, isActive: true), .released(hold, isActive: false),
      .left(hold), .digestRemoved("daily"), .resolvedBefore(digest: "daily"), .reminder,
      .escalation(after: .seconds(900)), .acknowledged(by: "ann", comment: ""),
      .acknowledged(by: "ann", comment: "on it"), .unacknowledged(by: "ann"), .investigated(failure: nil),
      .investigated(failure: "why"),
      .text("an older sentence"),
    ] as [Decision.Cause.Trigger]).map { Decision.Cause($0) }
    + ([
      .held(by: hold), .held(by: hold, detail: "cluster=b"),
      .dropped(by: SilenceID("k7fm"), detail: "the silence k7fm"),
      .alreadyNotified, .notifiedByEarlierRoute, .unrouted, .routedNowhere, .flapping, .summarized(count: 3),
      .endedWhileHeld(by: hold),
      .neverNotified, .notNotifiedYet, .resolutionNotSent, .noDigest,
    ] as [Decision.Cause.Factor]).map { Decision.Cause(.resolved, $0) }

  @Test("is read back as it was stored", arguments: causes)
  func stores(cause: Decision.Cause) {
    var writer = JSONWriter()
    cause.encode(into: &writer)
    #expect(Decision.Cause(stored: writer.bytes) == cause)
  }

  @Test(
    "is the sentence that an older Belfry stored",
    arguments: ["new alert; joins the digest daily", "{odd → critical", "{", "", #"{"trigger":3}"#]
  )
  func readsSentences(text: String) {
    #expect(Decision.Cause(stored: Array(text.utf8)).text == text)
  }

  @Test("keeps the words of what a newer Belfry knows and this one does not")
  func keepsNewWords() {
    let trigger = Decision.Cause(stored: Array(#"{"trigger":"cap_exceeded","more":1}"#.utf8))
    #expect(trigger.text == "cap exceeded")
    let factor = Decision.Cause(stored: Array(#"{"trigger":"first_seen","factor":"over_a_cap"}"#.utf8))
    #expect(factor.text == "new alert; over a cap")
  }
}
