// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import Foundation
import Testing

@Suite("Quiet hours in the file")
struct QuietSettingsTests {
  @Test("are read with all their keys")
  func whole() throws {
    let (settings, findings) = read(
      """
      {"from": "22:00", "to": "07:00", "days": "mon-fri", "timezone": "Europe/Paris", "except": "critical", "note": "n"}
      """
    )
    let quiet = try #require(settings)
    #expect(findings == [])
    #expect(quiet.isWhole)
    #expect(quiet.window.from.text == "22:00")
    #expect(quiet.window.to.text == "07:00")
    #expect(quiet.window.days == [.mon, .tue, .wed, .thu, .fri])
    #expect(quiet.window.zone.identifier == "Europe/Paris")
    #expect(quiet.except == SeveritySelector([.critical]))
    #expect(quiet.note == "n")
    #expect(quiet.shown == "22:00 to 07:00")
  }

  @Test("start on every day, in UTC and without exceptions, by default")
  func defaults() throws {
    let quiet = try #require(read(#"{"from": "22:00", "to": "7:00"}"#).settings)
    #expect(quiet.isWhole)
    #expect(quiet.window.days == Set(Weekday.allCases))
    #expect(quiet.window.zone == TimeZoneName.utc.zone)
    #expect(quiet.except == nil)
  }

  @Test("take days as a list")
  func days() throws {
    let quiet = try #require(read(#"{"from": "00:00", "to": "00:00", "days": ["sat", "mon-tue"]}"#).settings)
    #expect(quiet.window.days == [.mon, .tue, .sat])
  }

  @Test("know their line")
  func offset() throws {
    let quiet = try #require(read(#"  {"from": "22:00", "to": "07:00"}"#).settings)
    #expect(quiet.offset == 2)
  }

  @Test(
    "that are unreadable are reported, each mistake at its place",
    arguments: [
      (#"{"to": "07:00"}"#, ["`from` is missing"]),
      (#"{"from": "22:00"}"#, ["`to` is missing"]),
      (#"{}"#, ["`from` is missing", "`to` is missing"]),
      (#"{"from": "24:00", "to": "7h"}"#, [#"from: "24:00" is not a time"#, #"to: "7h" is not a time"#]),
      (#"{"from": 22, "to": "07:00"}"#, ["from: expected a string"]),
      (#"{"from": "", "to": "07:00"}"#, ["from: it is empty."]),
      (#"{"from": "22:00", "to": "07:00", "days": "weekdays"}"#, [#"days: "weekdays" is not a day or a range"#]),
      (#"{"from": "22:00", "to": "07:00", "days": []}"#, ["days: the list is empty."]),
      (#"{"from": "22:00", "to": "07:00", "timezone": "Paris"}"#, [#"timezone: "Paris" is not a known time zone"#]),
      (#"{"from": "22:00", "to": "07:00", "except": []}"#, ["except: an empty list"]),
      (#"{"from": "22:00", "to": "07:00", "day": "mon"}"#, ["day: unknown key."]),
      (#""22:00-07:00""#, ["expected an object, found a string"]),
      (#"[]"#, ["expected an object, found a list"]),
    ] as [(String, [String])]
  )
  func faulty(json: String, messages: [String]) {
    let (settings, findings) = read(json)
    #expect(settings?.isWhole == false)
    #expect(findings.count == messages.count)
    for (finding, message) in zip(findings, messages) { #expect(finding.contains(message)) }
  }

  @Test(
    "that never end are a warning",
    arguments: [
      (#"{"from": "09:00", "to": "09:00"}"#, true), (#"{"from": "09:00", "to": "09:00", "days": "mon-sun"}"#, true),
      (#"{"from": "09:00", "to": "09:00", "days": "sat-sun"}"#, false), (#"{"from": "09:00", "to": "08:59"}"#, false),
    ]
  )
  func endless(json: String, isEndless: Bool) {
    let (settings, findings) = read(json)
    #expect(settings?.isWhole == true)
    #expect(findings.contains { $0.contains("warning: it never ends") } == isEndless)
    #expect(findings.count == (isEndless ? 1 : 0))
  }

  @Test("whose time is left empty by an unset variable are incomplete")
  func unset() throws {
    let source = SourceText(name: "f", bytes: Array(#"{"from": "${FROM}", "to": "07:00"}"#.utf8))
    var report = Report(source: source, folder: "/")
    let node = try #require(JSONTree.parse(source).node)
    let expanded = Substitution(environment: [:]).expand(node, report: &report)
    #expect(QuietSettings.read(expanded, &report)?.isWhole == false)
    #expect(report.errorCount == 1)
  }

  private func read(_ json: String) -> (settings: QuietSettings?, findings: [String]) {
    let source = SourceText(name: "f", bytes: Array(json.utf8))
    var report = Report(source: source, folder: "/")
    let settings = JSONTree.parse(source).node.flatMap { QuietSettings.read($0, &report) }
    return (settings, report.findings.map(\.text))
  }
}
