// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryPolicy
import BelfryTestKit
import BelfryTransport
import Foundation
import Testing

@Suite("A file as a source")
struct FileSourceTests {
  private let now = Instant(seconds: 1_800_000_000)

  /// The results of reading a file that contains each of these texts in turn, through one watch.
  private func poll(_ texts: [String]) async throws -> (events: [String], remarks: [String], active: Int) {
    let folder = try TemporaryFolder()
    let source = try configuredSource(#"{"kind": "file", "path": "\#(folder.path("alerts.json"))"}"#)
    var watch = SourceWatch(source, every: .seconds(60), active: ActiveSet(source: "it", hashes: [:]), from: now)
    var (events, remarks): ([String], [String]) = ([], [])
    for (minute, text) in texts.enumerated() {
      try folder.write(text, to: "alerts.json")
      let moment = now + .seconds(60 * minute)
      let change = watch.take(await watch.poll(.unanswered(at: moment)), at: moment)
      events += change.events.compactMap { $0.key?.description }
      remarks += change.remarks.filter { $0.hasPrefix("source it ") }
    }
    return (events, remarks, watch.active.count)
  }

  @Test("without a list of alerts ends nothing, reports that once, and raises an alert after a while")
  func garbage() async throws {
    let good = #"[{"id": "a", "title": "A"}]"#
    let seen = try await poll([good] + Array(repeating: "<html>sorry</html>", count: 5))
    #expect(seen.active == 1)
    #expect(seen.events == ["it/a", "belfry/source/it"])
    #expect(seen.remarks.count == 1 && seen.remarks[0].contains("cannot be read") && seen.remarks[0].contains("error:"))
    let again = try await poll([good, "", good])
    #expect(again.events == ["it/a"] && again.remarks.last == "source it can be read again")
  }

  @Test("that is damaged is used as far as possible, and ends nothing")
  func damaged() async throws {
    let seen = try await poll([
      #"[{"id": "a", "title": "A"}, {"id": "b", "title": "B"}]"#, #"[{"id": "b", "title": "B"}, {"id": "c", "ti"#,
    ])
    #expect(seen.active == 2 && seen.events == ["it/a", "it/b"])
  }
}
