// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryOperations
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing
@testable import BelfryApp

@Suite("The story of an alert")
struct WhyTests {
  static let rules = """
    {
      "channels": {
        "oncall": { "kind": "slack-dm", "token": "${TOKEN}", "user": "U012ABCDEF" },
        "phone": { "kind": "slack-dm", "token": "${TOKEN}", "user": "U012PHONES" },
        "journal": { "kind": "file", "path": "out.txt" },
        "night": { "kind": "file", "path": "night.txt",
                   "quiet": { "from": "00:00", "to": "20:00", "note": "the office is loud" } }
      },
      "routes": [
        { "match": { "severity": "critical" }, "to": ["oncall", "journal"], "resolved": true, "cooldown": "0s",
          "escalate": { "after": "15m", "to": "phone", "note": "the boss" }, "repeat": "4h", "note": "the night shift" },
        { "match": { "severity": "warning" }, "to": "journal", "cooldown": { "window": "10m", "note": "ann asked for it" } },
        { "match": { "severity": "info" }, "digest": "daily" },
        { "match": { "severity": "notice" }, "to": "night" }
      ],
      "unrouted": "drop",
      "inhibit": { "when": { "category": "power" }, "mute": { "category": "host" }, "equal": "rack", "note": "no power" },
      "digests": { "daily": { "at": "09:00", "timezone": "Europe/Paris", "to": "journal" } },
      "flapping": { "over": 4, "within": "10m" }
    }
    """

  private let refused = Verdict.Reason("account_inactive", "The bot was removed from the workspace.")
  private let away = Verdict.Reason("http_503", "The server answered 503.")

  @Test("names the silence and the alert that mute it now if people were notified of it")
  func mutedLater() async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    try await environment.take(.fired(.sample("host", .critical, "host", labels: ["rack": "r1"])))
    try await environment.take(.fired(.sample("power", .warning, "power", labels: ["rack": "r1"])))
    var silence = environment.silence
    silence.matcher.category = Patterns(["host"].map { .exact(ExactText($0)) })
    try await environment.take(.silenced(silence))
    let record = try #require(try await environment.ledger.record(of: AlertKey(source: "app", id: "host")))
    let story = try await AlertStory.read(
      record,
      from: environment.ledger,
      configuration: environment.configuration,
      last: 1
    )
    let sentence = story.sentence(environment.clock)
    #expect(sentence.contains("sent: oncall"), "\(sentence)")
    #expect(sentence.contains("silenced now by \(silence.id) of \(silence.author) until"), "\(sentence)")
    #expect(sentence.contains("inhibited now by the active alert app/power (inhibit[0]"), "\(sentence)")
    var writer = JSONWriter()
    story.encode(into: &writer, at: environment.now)
    #expect(writer.text.contains("\"silenced_by\":[\"\(silence.id)\"],\"inhibited_by\":[\"app/power\"]"))
    try await environment.take(.unsilenced(silence.id, by: "ann"), .resolved(AlertKey(source: "app", id: "power")))
    #expect(try await environment.why("host").contains("now by") == false)
  }

  @Test("shows the annotations and links of an alert once each, also as JSON")
  func annotations() async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    var alert = Alert.sample("disk", .critical, title: "Disk full")
    alert.annotations = [
      "summary": "Disk full", "description": "Two\nlines", "runbook_url": "https://wiki/disk",
      "dashboard": "https://grafana/d/a b",
    ]
    alert.sourceLink = "https://prometheus/graph"
    try await environment.take(.fired(alert))
    let lines = try await environment.why("disk").split(separator: "\n").filter { $0.hasPrefix("    ") }
    #expect(
      lines.prefix(5) == [
        "    annotation dashboard: https://grafana/d/a b", "    annotation description: Two lines",
        "    annotation runbook_url: https://wiki/disk", "    link dashboard: https://grafana/d/a%20b",
        "    link source: https://prometheus/graph",
      ]
    )
    let report = try await WhyReport.read("disk", from: environment.ledger, environment.configuration, last: 1)
    var writer = JSONWriter()
    report.encode(into: &writer, at: environment.now)
    let story = try #require(JSONNode(json: writer.bytes)?["alerts"]?.elements?.first)
    #expect(story["annotations"]?.members?.count == 4)
    #expect(story["annotations"]?["description"]?.string == "Two\nlines")
    #expect(story["links"]?.members?.map(\.name) == ["details", "runbook", "dashboard", "source"])
    #expect(
      story["links"]?.members?.map(\.node.string)
        == ["", "https://wiki/disk", "https://grafana/d/a%20b", "https://prometheus/graph"]
    )
  }

  @Test("has one sentence for each status, followed by the decisions, the attempts and what is next")
  func stories() async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    let retry = Settlement.Result.retry(at: environment.now + .seconds(300), because: away)
    try await environment.take(.fired(.sample("sent", .critical)), failing: ["oncall": retry])
    try await environment.take(.fired(.sample("late", .critical)), failing: ["oncall": retry, "journal": retry])
    let dead = Settlement.Result.dead(because: refused)
    try await environment.take(.fired(.sample("dead", .critical)), failing: ["oncall": dead, "journal": dead])
    try await environment.take(.fired(.sample("first")), .resolved(AlertKey(source: "app", id: "first")))
    try await environment.take(.fired(.sample("first")))
    try await environment.take(.fired(.sample("like")))
    try await environment.take(.fired(.sample("cert", .info, "cert")))
    try await environment.take(.fired(.sample("quiet", Severity("notice"))))
    try await environment.take(.fired(.sample("odd", Severity("odd"))))
    try await environment.take(.fired(.sample("power", .warning, "power", labels: ["rack": "r1"])))
    try await environment.take(.fired(.sample("host", .warning, "host", labels: ["rack": "r1"])))
    try await environment.take(.silenced(environment.silence))
    try await environment.take(.fired(.sample("deploy", .warning, "deploy")))
    try await environment.take(.fired(.sample("mine", .critical, source: "cli")))
    try await environment.take(.acknowledged(AlertKey(source: "cli", id: "mine"), by: "ann", comment: "on it"))
    try await environment.advance(by: .seconds(120), failing: ["oncall": retry])
    try await environment.take(.resolved(AlertKey(source: "app", id: "first")))
    var text = ""
    let sent = ["sent", "late", "dead", "first", "like", "cert", "quiet", "odd", "power", "host", "deploy", "cli/mine"]
    for id in sent + ["lik", "xyz"] {
      text += "== belfry why \(id)\n\(try await environment.why(id))\n\n"
    }
    try Golden().check(Array(text.utf8), as: "why.txt")
  }

  @Test("covers both alerts of an ID that two sources have")
  func twoSources() async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    try await environment.take(.fired(.sample("a", .info)), .fired(.sample("a", .info, source: "old")))
    let text = try await environment.why("a")
    #expect(text.contains("info app/a “Trouble with a”"))
    #expect(text.contains("info old/a “Trouble with a”"))
    #expect(try await environment.why("old/a").contains("app/a") == false)
  }

  @Test("does not treat an earlier delivered message as covering a later one about a worse severity")
  func worse() async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    try await environment.take(.fired(.sample("a")))
    try await environment.take(.changed(.sample("a", .critical)), failing: ["journal": .dead(because: refused)])
    let first = try await environment.why("a").split(separator: "\n").first ?? ""
    #expect(first.contains("oncall 2027-01-15T09:00:00+01:00 (now)"))
    #expect(first.hasSuffix("; dead letter: journal: account_inactive: The bot was removed from the workspace"))
  }

  @Test("names the rule by which it waits, however long ago that was decided")
  func longAgo() async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    try await environment.take(.fired(.sample("a", .info)))
    let key = AlertKey(source: "app", id: "a")
    try await environment.take(.acknowledged(key, by: "ann", comment: ""), .acknowledged(key, by: "ben", comment: ""))
    let first = try await environment.why("a", last: 1).split(separator: "\n").first
    let until = "waiting until 2027-01-16T09:00:00+01:00 (in 1d)"
    #expect(first == "\(until) for the digest daily (routes[2].digest, line 13)")
  }

  @Test("asks whether the notifier is running if something is overdue")
  func overdue() async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    try await environment.take(.fired(.sample("first")))
    try await environment.take(.fired(.sample("like")))
    environment.time.advance(by: .seconds(1200))
    let text = try await environment.why("like")
    #expect(text.contains("(overdue by 10m): the cooldown for category=disk ends"))
    #expect(text.contains("is `belfry run` running?"))
  }

  @Test("shows the last of many decisions, and that there are more")
  func many() async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    for _ in 1...3 {
      try await environment.take(.fired(.sample("a", .info)))
      try await environment.take(.resolved(AlertKey(source: "app", id: "a")))
    }
    let text = try await environment.why("a", last: 1)
    #expect(text.contains("… earlier decisions not shown; --last 10 shows more"))
    #expect(text.split(separator: "\n").filter { $0.contains("info: ") || $0.contains("hold info") }.count == 1)
  }

  @Test("includes its investigation in the right place, and no other alert's")
  func investigated() async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    try await environment.take(.fired(.sample("db", .critical)))
    environment.time.advance(by: .seconds(60))
    let record = try #require(try await environment.ledger.record(of: AlertKey(source: "app", id: "db")))
    let delivery = try #require(record.notified.first?.deliveries.first)
    let key = record.alert.key
    func note(_ subject: RecordedInvestigation.Subject, at moment: Instant, error: String? = nil, _ id: String)
      async throws
    {
      let one = RecordedInvestigation(
        at: moment,
        subject: subject,
        channel: "journal",
        delivery: id == "same" ? delivery : DeliveryID(id),
        error: error
      )
      try await environment.ledger.note(investigations: [one])
    }
    try await note(.alert(key), at: environment.now - .seconds(90), "earlier")
    try await note(.alert(key), at: environment.now, "first")
    try await note(.alert(AlertKey(source: "old", id: "db")), at: environment.now, "other")
    environment.time.advance(by: .seconds(60))
    try await note(.alert(key), at: environment.now, error: "exit_3", "same")
    // Recorded again after a crash.
    try await note(.alert(key), at: environment.now, error: "exit_3", "same")
    let story = try await AlertStory.read(
      record,
      from: environment.ledger,
      configuration: environment.configuration,
      last: 20
    )
    let lines = story.lines(environment.clock, environment.configuration.notes).map(\.description)
    // Earlier rows are about an earlier alert with the same ID.
    #expect(
      lines.filter { $0.contains("investigated") } == [
        "2027-01-15T09:01:00+01:00 (1m ago) investigated; the answer was sent to journal",
        "2027-01-15T09:02:00+01:00 (now) not investigated (exit_3); the event was sent to journal",
      ]
    )
    #expect(lines.contains { $0.contains("delivered") && $0.contains(delivery.text) })
    var json = JSONWriter()
    story.encode(into: &json, at: environment.now)
    #expect(json.text.contains(#""status":"fallback","error":"exit_3","delivery_id":"\#(delivery.text)""#))
  }

  @Test("is not available for a state in memory")
  func memory() throws {
    let text = WhyTests.rules.replacing("\"unrouted\": \"drop\"", with: "\"unrouted\": \"drop\", \"state\": \"memory\"")
    let configuration = try Configuration.parse(text)
    let failure = #expect(throws: CommandFailure.self) { try App.sharedLedger(configuration) }
    #expect(failure?.description.contains("in the memory of the running notifier") == true)
  }
}

extension TestEnvironment {
  fileprivate var silence: Silence {
    var matcher = Matcher()
    matcher.category = Patterns([.exact("deploy")])
    return Silence(
      id: SilenceID("k7fm"),
      matcher: matcher,
      from: now,
      until: now + .seconds(7200),
      author: "ann",
      comment: "deploy"
    )
  }
}

@Suite("The consequence of a lost answer")
struct LostAnswerTests {
  @Test(
    "is stated by why if the channel found it out",
    arguments: [
      ["found": "it had arrived; only the response was lost"],
      ["unasked": "possible duplicate: Slack's history could not be read (missing_scope)"],
    ] as [[String: String]]
  )
  func remark(values: [String: String]) async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    var labels: Labels = [:]
    for (name, text) in values { labels[name] = text }
    try await environment.take(.fired(.sample("db", .critical)), failing: ["oncall": .delivered(Receipt(labels))])
    let lines = try await environment.why("db").components(separatedBy: "\n")
    let line = try #require(lines.first { $0.contains("oncall: delivered") })
    #expect(line.hasSuffix("; " + (values.values.first ?? "")))
  }
}

@Suite("Times for people")
struct TimeTextTests {
  @Test(
    "are only as long as necessary",
    arguments: [(1, "1s"), (59, "59s"), (60, "1m"), (3599, "59m"), (3600, "1h"), (7900, "2h11m"), (90_000, "1d1h")]
  )
  func rough(seconds: Int, text: String) { #expect(TimeText.rough(.seconds(seconds)) == text) }

  @Test("are local, with that day's offset")
  func local() async throws {
    let clock = try TestEnvironment(WhyTests.rules).clock
    #expect(clock.full(clock.now - .seconds(180)) == "2027-01-15T08:57:00+01:00 (3m ago)")
    #expect(clock.local(clock.now + .seconds(200 * 86_400)) == "2027-08-03T10:00:00+02:00")
    #expect(TimeText(now: clock.now, zone: .gmt).full(clock.now) == "2027-01-15T08:00:00Z (now)")
  }
}

@Suite("Notes on rules")
struct RuleNotesTests {
  @Test(
    "are found at the rule's path, or at that of the rule that contains it",
    arguments: [
      ("routes[0]", "the night shift"), ("routes[0].resolved", "the night shift"),
      ("routes[0].escalate[0]", "the boss"), ("routes[1].cooldown", "ann asked for it"),
      ("channels.night.quiet", "the office is loud"), ("inhibit[0]", "no power"),
    ]
  )
  func notes(path: String, note: String) throws {
    #expect(try Configuration.parse(WhyTests.rules).notes.note(of: Rule(path: path, line: 1)) == note)
  }

  @Test(
    "are missing for a rule without one, or that is not in the file",
    arguments: ["routes[2]", "unrouted", "belfry ack"]
  )
  func none(path: String) throws {
    #expect(try Configuration.parse(WhyTests.rules).notes.note(of: Rule(path: path, line: 1)) == nil)
  }
}
