// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryFile
import BelfryTesting
import Testing

/// The table of outcomes on the channel's page, compared with its verdicts.
@Suite("The file channel's table of outcomes")
struct FileOutcomeTests {
  @Test("states the channel's verdict for the only answer that a disk gives")
  func rows() {
    let table = OutcomeRow.table(in: "docs/channels/file.md")
    #expect(table.map(\.answers) == [[["appended"]]])
    let channel = FileChannel(name: "c", settings: FileSettings())
    #expect(table.map(\.outcome) == [channel.interpret(.appended).name])
  }
}
