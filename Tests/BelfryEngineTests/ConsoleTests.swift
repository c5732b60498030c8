// SPDX-License-Identifier: Apache-2.0
import BelfryEngine
import BelfryTestKit
import BelfryTesting
import Testing

@Suite("The operator's log")
struct ConsoleTests {
  @Test(
    "keeps any text with a line break on one line",
    arguments: ["\n", "\r", "\r\n", "\u{0B}", "\u{0C}", "\u{85}", "\u{2028}", "\u{2029}", "\n\n"]
  )
  func oneLine(end: String) {
    let lines = RecordedLines()
    let console = Console(time: VirtualTime()) { lines.add($0) }
    console.say("sent out → a\(end)2027-01-15T08:00:00Z sent out → b")
    #expect(lines.all.count == 1)
    #expect(lines.all.first?.contains(where: \.isNewline) == false)
    #expect(lines.all.first?.hasPrefix("2027-01-15T08:00:00Z sent out → a 2027") == true)
  }

  @Test("prints a text without line breaks unchanged")
  func plain() {
    let lines = RecordedLines()
    Console(time: VirtualTime()) { lines.add($0) }.say("Ünïcödé → tab 👩‍👩‍👧")
    #expect(lines.all == ["2027-01-15T08:00:00Z Ünïcödé → tab 👩‍👩‍👧"])
  }
}
