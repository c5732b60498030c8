// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryPolicy
import BelfryTestKit
import Testing

@testable import BelfryImport

@Suite("An imported time interval")
struct ImportedTimesTests {
  /// The specifications of an interval, with moments in it and moments outside of it.
  private struct Sample: Sendable, CustomTestStringConvertible {
    var specifications: String
    var inside: [String]
    var outside: [String]

    var testDescription: String { specifications }
  }

  private static let samples = [
    Sample(
      specifications: "{times: [{start_time: '09:00', end_time: '17:00'}], weekdays: ['monday:friday']}",
      inside: ["2020-05-04T09:00:00Z", "2020-05-05T10:00:00Z", "2020-05-08T16:59:59Z"],
      outside: ["2020-05-03T15:04:00Z", "2020-05-04T08:59:59Z", "2020-05-04T17:00:00Z", "2020-05-09T10:00:00Z"]
    ),
    Sample(
      specifications: "{days_of_month: ['4:6'], months: ['april', '5'], years: ['2020:2022', '2030']}",
      inside: ["2020-04-04T15:04:00Z", "2022-05-06T00:00:00Z", "2030-04-05T23:59:59Z"],
      outside: ["2019-04-04T15:04:00Z", "2020-04-03T23:59:59Z", "2020-06-04T10:00:00Z", "2023-04-04T10:00:00Z"]
    ),
    Sample(
      specifications:
        "{days_of_month: ['-3:-1'], months: ['january:march'], times: [{start_time: '10:00', end_time: '12:00'}]}",
      inside: ["2021-01-29T10:00:00Z", "2021-01-31T11:59:00Z", "2021-02-26T10:30:00Z", "2020-02-29T10:00:00Z"],
      outside: ["2021-01-28T10:00:00Z", "2021-01-31T13:00:00Z", "2021-02-25T10:30:00Z", "2021-04-30T10:00:00Z"]
    ),
    Sample(
      specifications: "{days_of_month: ['1', '-1']}",
      inside: ["2021-02-01T00:00:00Z", "2021-02-28T23:59:59Z"],
      outside: ["2021-02-02T00:00:00Z", "2021-02-27T23:59:59Z"]
    ),
    Sample(
      specifications: """
        {times: [{start_time: '22:00', end_time: '24:00'}, {start_time: '00:00', end_time: '07:00'}], weekdays: [friday], \
        location: Europe/Paris}
        """,
      // Alertmanager's hours after midnight belong to their own day.
      inside: ["2020-05-08T20:00:00Z", "2020-05-08T21:59:59Z", "2020-05-07T22:00:00Z", "2020-05-08T04:59:59Z"],
      outside: ["2020-05-08T22:00:00Z", "2020-05-09T02:00:00Z", "2020-05-08T05:00:00Z", "2020-05-07T20:30:00Z"]
    ),
    Sample(
      specifications: "{weekdays: [saturday, sunday]}, {months: [december], days_of_month: ['24:26']}",
      inside: ["2020-05-09T12:00:00Z", "2020-12-24T12:00:00Z"],
      outside: ["2020-05-08T12:00:00Z", "2020-12-23T12:00:00Z"]
    ),
    Sample(
      specifications:
        "{weekdays: ['monday:sunday'], times: [{start_time: '02:30', end_time: '03:30'}], location: America/New_York}",
      inside: ["2026-03-07T07:30:00Z", "2026-03-09T06:30:00Z"],
      outside: ["2026-03-07T06:30:00Z", "2026-03-09T07:30:00Z"]
    ),
  ]

  @Test("mutes, or makes active, at the moments of Alertmanager", arguments: samples)
  private func moments(sample: Sample) throws {
    let file = """
      route: {receiver: a, routes: [{matchers: [m=mute], mute_time_intervals: [x y]}, {matchers: [m=active], active_time_intervals: [x y]}]}
      receivers: [{name: a, webhook_configs: [{url: 'https://hooks.example.com'}]}]
      time_intervals: [{name: x y, time_intervals: [\(sample.specifications)]}]
      """
    let imported = try AlertmanagerImporter.read(file)
    #expect(imported.report.isComplete, "\(imported.report.lines)")
    let environment = Dictionary(imported.variables.map { ($0.name, $0.value.reveal()) }) { $1 }
    let routes = try Configuration.parse(imported.json, environment: environment).rules.table.routes
    let rules = try ["mute", "active"].map { value in
      try #require(routes.first { $0.matcher.text.contains(value) }?.quiet)
    }
    for (texts, isInside) in [(sample.inside, true), (sample.outside, false)] {
      for text in texts {
        let moment = try #require(Instant(iso8601: text))
        #expect((rules[0].wait(of: .warning, at: moment) != nil) == isInside, "muted \(text)")
        #expect((rules[1].wait(of: .warning, at: moment) == nil) == isInside, "active \(text)")
      }
    }
  }

  @Test(
    "is reported if it cannot be read, or does not exist",
    arguments: [
      ("{name: x, time_intervals: [{weekdays: [someday]}]}", "x", "\"someday\" cannot be read"),
      ("{name: x, time_intervals: [{months: ['13']}]}", "x", "\"13\" cannot be read"),
      ("{name: x, time_intervals: [{years: ['a:b']}]}", "x", "\"a:b\" cannot be read"),
      ("{name: x, time_intervals: [{weekdays: [monday]}]}", "y", "no hours with the name \"y\""),
    ]
  )
  func problems(interval: String, name: String, text: String) throws {
    let file = """
      route: {receiver: a, routes: [{matchers: [a=b], mute_time_intervals: [\(name)]}]}
      receivers: [{name: a}]
      time_intervals: [\(interval)]
      """
    #expect(try AlertmanagerImporter.read(file).report.lost.contains { $0.text.contains(text) })
  }
}
