// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryOperations
import BelfryPolicy
import BelfryTestKit
import Foundation
import Testing
@testable import BelfryApp

@Suite("Silences on the command line")
struct SilenceCommandTests {
  private let paris = TimeZone(identifier: "Europe/Paris") ?? .gmt
  private var time: TimeText { TimeText(now: TestEnvironment.start, zone: paris) }

  private func silence(_ arguments: [String]) throws -> Silence {
    let command = try SilenceAddCommand.parse(arguments + ["--comment", "deploy", "--author", "ann"])
    var silence = try command.makeSilence(at: TestEnvironment.start, in: paris)
    silence.id = SilenceID("k7fm")
    return silence
  }

  @Test(
    "state what they match, until when, and in which hours",
    arguments: [
      (
        ["--severity", "warning+", "--for", "2h"],
        "severity critical or warning, until 2027-01-15T11:00:00+01:00 (in 2h)"
      ),
      (
        ["--category", "disk*", "--category", "net", "--until", "2027-01-15T12:00"],
        "category net or disk*, until 2027-01-15T12:00:00+01:00 (in 3h)"
      ),
      (
        ["--label", "team=/^web/", "--until", "2027-01-15T12:00:00Z"],
        "team /^web/, until 2027-01-15T13:00:00+01:00 (in 4h)"
      ),
      (["--source", "app", "--until", "07:00"], "source app, until 2027-01-16T07:00:00+01:00 (in 22h)"),
      (
        ["--label", "a=b", "--label", "a=c", "--from", "12:00", "--for", "1h"],
        "a b or c, from 2027-01-15T12:00:00+01:00 (in 3h), until 2027-01-15T13:00:00+01:00 (in 4h)"
      ),
      (
        ["--label", "a!=b", "--label", "a=b*", "--label", "a!=/c$/", "--label", "d!=", "--for", "1h"],
        "a b* and not (b or /c$/), d not \"\", until 2027-01-15T10:00:00+01:00 (in 1h)"
      ),
      (
        ["--severity", "info", "--until", "2027-07-01", "--between", "22:00-07:00", "--days", "mon-tue"],
        "severity info, until 2027-07-01T00:00:00+02:00 (in 166d14h), "
          + "between 22:00 to 07:00 \(TimeText.localZone.identifier) on mon, tue, not now"
      ),
      (
        ["--severity", "info", "--for", "2h", "--between", "22:00-07:00", "--timezone", "Asia/Tokyo"],
        "severity info, until 2027-01-15T11:00:00+01:00 (in 2h), between 22:00 to 07:00 Asia/Tokyo on every day, not now"
      ),
      (
        ["team!=web", "env=~\"p.*\"", "--label", "env!=prod", "--severity", "info", "--for", "1h"],
        "severity info, env /^(?:p.*)$/ and not prod, team not web, until 2027-01-15T10:00:00+01:00 (in 1h)"
      ),
      (["{a=\"b,c\", d=e}", "--for", "1h"], "a b,c, d e, until 2027-01-15T10:00:00+01:00 (in 1h)"),
      (["--everything", "--for", "5m"], "everything, until 2027-01-15T09:05:00+01:00 (in 5m)"),
    ]
  )
  func lines(arguments: [String], line: String) throws {
    #expect(try silence(arguments).line(time) == "k7fm: \(line), by ann: deploy")
  }

  @Test("select severities by the words of the file, and labels by the bytes of their names")
  func ownWords() throws {
    let scale = SeverityScale([["page", "p1"], ["error"], ["warning"]])
    let command = try SilenceAddCommand.parse([
      "--severity", "error+", "--label", "caf\u{E9}=1", "--label", "cafe\u{301}=2", "--for", "1h", "--comment",
      "deploy",
    ])
    let matcher = try command.makeSilence(at: TestEnvironment.start, in: paris, scale).matcher
    var memo = MatchMemo()
    for (word, isSilenced) in [("page", true), ("P1", true), ("critical", true), ("error", true), ("warning", false)] {
      var alert = Alert(id: "a", severity: scale.severity(word), title: "t")
      alert.labels = ["caf\u{E9}": "1", "cafe\u{301}": "2"]
      #expect(matcher.matches(alert, memo: &memo) == isSilenced, "\(word)")
      alert.labels = ["caf\u{E9}": "1", "cafe\u{301}": "1"]
      #expect(!matcher.matches(alert, memo: &memo))
    }
  }

  @Test(
    "that are invalid are refused with what to write instead",
    arguments: [
      (["--for", "2h"], "No matcher given."),
      (["--everything", "--severity", "info", "--for", "2h"], "--everything silences all alerts"),
      (["--severity", "warnin+", "--for", "2h"], "Did you mean \"warning+\"?"),
      (["--category", "/(/", "--for", "2h"], "--category: /(/ is not a regular expression"),
      (["--label", "team=/(/", "--for", "2h"], "--label team: /(/ is not a regular expression"),
      (["team", "--for", "2h"], "team: bad matcher format"),
      (["team=~\"(\"", "--for", "2h"], "team: /(/ is not a regular"),
      (["team=a", "team=b", "--for", "2h"], "No value of the label team can match."),
      (["team=a", "--label", "team=b*", "--for", "2h"], "No value of the label team can match."),
      (["--severity", "info", "--until", "2027-01-15T08:30"], "2027-01-15T08:30:00+01:00 (30m ago) is in the past"),
      (
        ["--severity", "info", "--until", "soon"],
        "Cannot read --until \"soon\" as a time. Write it like 2026-11-25T07:00"
      ),
      (["--severity", "info", "--from", "12:00", "--until", "2027-01-15T11:00"], "is before the start"),
      (["--severity", "info", "--for", "2h", "--between", "22-7"], "--between: \"22\" is not a time of day"),
      (["--severity", "info", "--for", "2h", "--between", "22:00-07:00", "--days", "someday"], "--days: "),
    ]
  )
  func refusals(arguments: [String], message: String) throws {
    let failure = #expect(throws: CommandFailure.self) { try silence(arguments) }
    #expect(failure?.description.contains(message) == true, "\(failure?.description ?? "")")
  }

  @Test(
    "are usage errors without an end, or with two",
    arguments: [
      ["--severity", "info"], ["--severity", "info", "--for", "2h", "--until", "07:00"],
      ["--severity", "info", "--for", "never"], ["--severity", "info", "--for", "2h", "--days", "mon"],
    ]
  )
  func usage(arguments: [String]) throws {
    #expect(throws: (any Error).self) { try silence(arguments) }
  }

  @Test("state how many alerts they match now, and whether held alerts are sent afterwards")
  func matching() async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    for id in ["a", "b", "c", "d"] { try await environment.take(.fired(.sample(id))) }
    try await environment.take(.fired(.sample("net", .warning, "net")))
    let all = try silence(["--category", "disk", "--for", "2h", "--forget"])
    let text = AddedSilence(silence: all).text(try await SilenceMatches.read(all.matcher, in: environment.ledger), time)
    #expect(
      text == """
        k7fm: category disk, until 2027-01-15T11:00:00+01:00 (in 2h), by ann: deploy
        matches 4 of 5 active alerts: app/a, app/b, app/c, …
        Nothing is sent when it ends, unless an alert gets more severe after that.
        to end it: belfry silence end k7fm
        """
    )
    let none = try silence(["--category", "disc", "--for", "2h"])
    let nothing = AddedSilence(silence: none).text(
      try await SilenceMatches.read(none.matcher, in: environment.ledger),
      time
    )
    #expect(nothing.contains("matches 0 of 5 active alerts. Is this what you meant?"))
  }

  @Test("are listed with what they hold back, and how they ended")
  func list() async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    func list(includingOver: Bool = false) async throws -> String {
      try await SilenceList.read(environment.ledger, includingOver: includingOver).text(environment.clock)
    }
    #expect(try await list() == "no silences")
    try await environment.take(.silenced(try silence(["--category", "disk", "--for", "2h"])))
    try await environment.take(.fired(.sample("a")))
    let line = "k7fm: category disk, until 2027-01-15T11:00:00+01:00 (in 2h), by ann: deploy"
    #expect(try await list() == "\(line); holding back 1 alert")
    try await environment.take(.unsilenced(SilenceID("k7fm"), by: "ben"))
    try await environment.advance(by: .zero)
    #expect(
      try await list(includingOver: true)
        == "k7fm: category disk, ended 2027-01-15T09:00:00+01:00 (now) by ben, by ann: deploy"
    )
  }

  @Test("get short, unique IDs")
  func identities() {
    var random = SystemRandomNumberGenerator()
    var known: Set<SilenceID> = []
    for _ in 0..<2000 { known.insert(.make(avoiding: known, using: &random)) }
    #expect(known.count == 2000)
    #expect(known.allSatisfy { (4...6).contains($0.text.count) })
  }
}
