// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryPolicy
import BelfryTestKit
import Foundation
import Testing

@Suite("Quiet and active hours in the file")
struct HoursSettingsTests {
  @Test("are read with all their keys")
  func whole() throws {
    let (settings, findings) = read(
      """
      {"from": "22:00", "to": "07:00", "days": "mon-fri", "dates": "2026-12-24/2026-12-26", "monthdays": "20-31",
       "months": "dec", "years": 2026, "timezone": "Europe/Paris", "except": "critical", "note": "n"}
      """
    )
    let quiet = try #require(settings)
    #expect(findings == [])
    #expect(quiet.isWhole)
    let entry = try #require(quiet.entries.first)
    #expect(entry.shown == "22:00 to 07:00 2026-12-24/2026-12-26 mon-fri days 20-31 dec 2026 Europe/Paris")
    #expect(entry.except == SeveritySelector([.critical]))
    #expect(entry.note == "n")
  }

  @Test("start on every day, in UTC and without exceptions, by default")
  func defaults() throws {
    let quiet = try #require(read(#"{"from": "22:00", "to": "7:00"}"#).settings)
    #expect(quiet.isWhole)
    #expect(quiet.entries.map(\.span.span.days.areAll) == [true])
    #expect(quiet.entries.map(\.span.span.zone) == [TimeZoneName.utc.zone])
    #expect(quiet.except == nil)
  }

  @Test("take a name, an object, and a list of both")
  func forms() throws {
    #expect(try #require(read(#""nights""#).settings).shown == "nights")
    #expect(
      try #require(read(#"{"times": ["nights", "weekend"], "except": "critical"}"#).settings).shown == "nights, weekend"
    )
    let list = try #require(read(#"["nights", {"from": "00:00", "to": "24:00", "days": ["sat", "mon-tue"]}]"#).settings)
    #expect(list.shown == "nights, mon,tue,sat UTC")
    #expect(list.isList)
  }

  @Test("know their line")
  func offset() throws {
    let quiet = try #require(read(#"  ["a", {"from": "22:00", "to": "07:00"}]"#).settings)
    #expect(quiet.offset == 2)
    #expect(quiet.entries.map(\.offset) == [3, 8])
  }

  @Test(
    "that are unreadable are reported, each mistake at its place",
    arguments: [
      (#"{"to": "07:00"}"#, ["`from` is missing"]),
      (#"{"from": "22:00"}"#, ["`to` is missing"]),
      (#"{"except": "critical"}"#, ["it has no hours and no days."]),
      (#"{"from": "24:00", "to": "7h"}"#, [#"from: "24:00" is not a time"#, #"to: "7h" is not a time"#]),
      (#"{"from": 22, "to": "07:00"}"#, ["from: expected a string"]),
      (#"{"from": "", "to": "07:00"}"#, [#"from: "" is not a time"#]),
      (#"{"from": "22:00", "to": "07:00", "days": "weekdays"}"#, [#"days: "weekdays" is not a day or a range"#]),
      (#"{"from": "22:00", "to": "07:00", "days": []}"#, ["days: the list is empty."]),
      (#"{"from": "22:00", "to": "07:00", "timezone": "Paris"}"#, [#"timezone: "Paris" is not a known time zone"#]),
      (#"{"from": "22:00", "to": "07:00", "except": []}"#, ["except: an empty list"]),
      (#"{"from": "22:00", "to": "07:00", "day": "mon"}"#, ["day: unknown key."]),
      (#"{"times": "nights", "days": "mon"}"#, ["it has both `times` and `days`."]),
      (#"{"times": []}"#, ["times: the list is empty."]),
      (#"["nights", {"from": "22:00", "to": "7"}]"#, [#"[1].to: "7" is not a time"#]),
      (#"[]"#, ["the list is empty."]), ("7", ["expected an object, found a number"]),
    ] as [(String, [String])]
  )
  func faulty(json: String, messages: [String]) {
    let (settings, findings) = read(json)
    #expect(settings?.isWhole == false)
    #expect(findings.count == messages.count)
    for (finding, message) in zip(findings, messages) { #expect(finding.contains(message), "\(finding)") }
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
    #expect(HoursSettings.read(expanded, &report)?.isWhole == false)
    #expect(report.errorCount == 1)
  }

  private func read(_ json: String) -> (settings: HoursSettings?, findings: [String]) {
    let source = SourceText(name: "f", bytes: Array(json.utf8))
    var report = Report(source: source, folder: "/")
    let settings = JSONTree.parse(source).node.flatMap { HoursSettings.read($0, &report) }
    return (settings, report.findings.map(\.text))
  }
}
