// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import Foundation
import Testing

@testable import BelfryApp

/// The table in docs/delivery-guarantees.md; a channel's own table is checked by its own tests.
@Suite("The table of outcomes of every channel")
struct OutcomeTableTests {
  private static let table = OutcomeRow.table(in: "docs/delivery-guarantees.md")

  @Test("states the verdict of each kind for each failure of an exchange", arguments: table)
  func rows(row: OutcomeRow) throws {
    for kind in [any NotificationChannel.Type].builtIn {
      for answer in row.answers {
        let failure = try #require(TransportFailure.Kind(rawValue: answer[1]), "\(answer)")
        let verdict = Self.channel(kind).interpret(.failed(TransportFailure(failure, "It failed.")))
        #expect(verdict.name == row.outcome, "\(kind.kind): \(answer)")
      }
    }
  }

  @Test("has every failure of an exchange once")
  func failures() {
    let named = Self.table.flatMap(\.answers).map { $0[1] }.sorted()
    #expect(named == TransportFailure.Kind.allCases.map(\.rawValue).sorted())
  }

  @Test("uses, with the channels' own tables, every class")
  func classes() throws {
    let pages = try FileManager.default.contentsOfDirectory(atPath: DocsPage.root.appending(path: "docs/channels").path)
    let own = pages.flatMap { OutcomeRow.table(in: "docs/channels/\($0)") }
    let classes = Set((Self.table + own).map(\.outcome))
    #expect(classes == Set(Verdict.Outcome.allCases.map(\.rawValue) + ["delivered"]))
  }

  private static func channel<Channel: NotificationChannel>(_ kind: Channel.Type) -> any NotificationChannel {
    Channel(name: "c", settings: Channel.Settings())
  }
}
