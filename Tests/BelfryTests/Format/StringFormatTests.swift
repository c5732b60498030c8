// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("Text prepared for display")
struct StringFormatTests {
  @Test(
    "is cut between characters, and states how much was cut",
    arguments: [
      ("short", 10, "short"),
      ("exactly ten", 11, "exactly ten"),
      (String(repeating: "a", count: 40), 25, "aaaaa… 35 more characters"),
      (String(repeating: "a", count: 2000), 30, "aaaaaaa… 1,993 more characters"),
      ("👩‍👩‍👧‍👦" + String(repeating: "b", count: 60), 30, "… 61 more characters"),
      ("👩‍👩‍👧‍👦" + String(repeating: "b", count: 60), 31, "👩‍👩‍👧‍👦… 60 more characters"),
      ("too little room for a note", 5, "…"),
      ("no room", 0, ""),
    ]
  )
  func truncation(text: String, limit: Int, expected: String) {
    let result = text.truncated(to: limit)
    #expect(result.utf16.count <= limit)
    #expect(result == expected)
  }

  @Test("is counted the way the service counts")
  func costs() {
    let text = String(repeating: "&", count: 100)
    let result = text.truncated(to: 75, measuring: TextCost(mostPerByte: 5) { $0 == "&" ? 5 : 1 })
    #expect(result == "&&&&&&&&&&… 90 more characters")
  }

  @Test(
    "stays on one line where a single line is meant",
    arguments: [
      ("plain", "plain"), ("", ""), ("  a  b  ", "a b"), ("a\r\nBcc: x", "a Bcc: x"), ("a\u{0}b\u{7F}c", "a b c"),
      ("a\u{2028}b\u{85}c", "a b c"), ("\u{202E}abc", "abc"), ("نص", "نص"), ("\t\n", ""), ("é\n", "é"),
    ]
  )
  func oneLine(text: String, expected: String) {
    #expect(text.oneLine == expected)
  }

  @Test(
    "keeps its paragraphs, and shows control characters",
    arguments: [
      ("a\r\n\r\nb", "a\n\nb"), ("a\rb\u{2029}c", "a\nb\nc"), ("\n a\tb \n", "a\tb"),
      ("a\u{1B}[31mb", "a\u{FFFD}[31mb"), ("a\u{2066}b", "ab"), ("", ""),
    ]
  )
  func paragraphs(text: String, expected: String) {
    #expect(text.paragraphs == expected)
  }

  @Test(
    "has commas between thousands",
    arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")]
  )
  func grouping(number: Int, expected: String) {
    #expect(number.grouped == expected)
  }
}
