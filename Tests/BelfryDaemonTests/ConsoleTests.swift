// SPDX-License-Identifier: Apache-2.0
import BelfryDaemon
import BelfryTesting
import Testing

@Suite("What the operator sees")
struct ConsoleTests {
  @Test(
    "a text with a line break in it stays one line, whichever it is",
    arguments: ["\n", "\r", "\r\n", "\u{0B}", "\u{0C}", "\u{85}", "\u{2028}", "\u{2029}", "\n\n"]
  )
  func oneLine(end: String) {
    let lines = Printed()
    let console = Console(time: VirtualTime()) { lines.add($0) }
    console.say("told out → a\(end)2027-01-15T08:00:00Z told out → b")
    #expect(lines.all.count == 1)
    #expect(lines.all.first?.contains(where: \.isNewline) == false)
    #expect(lines.all.first?.hasPrefix("2027-01-15T08:00:00Z told out → a 2027") == true)
  }

  @Test("what stands on one line is printed as it is")
  func plain() {
    let lines = Printed()
    Console(time: VirtualTime()) { lines.add($0) }.say("Ünïcödé → tab 👩‍👩‍👧")
    #expect(lines.all == ["2027-01-15T08:00:00Z Ünïcödé → tab 👩‍👩‍👧"])
  }
}
