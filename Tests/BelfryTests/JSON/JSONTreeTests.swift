// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("JSON as a tree")
struct JSONTreeTests {
  @Test(
    "valid text is read unchanged",
    arguments: [
      ("null", "null"), (" true\n", "true"), ("false", "false"), ("0", "0"), ("-0", "-0"), ("12", "12"),
      ("-0.5", "-0.5"),
      ("1e9", "1e9"), ("1E-9", "1E-9"), ("1.25e+10", "1.25e+10"), (#""""#, #""""#), (#""a""#, #""a""#),
      ("[]", "[]"), ("{}", "{}"), ("[ 1 , [ ] , { } ]", "[1,[],{}]"),
      (#"{"a":{"b":[1,2]},"c":null}"#, #"{"a":{"b":[1,2]},"c":null}"#),
      (#""\"\\\/\b\f\n\r\t""#, #""\"\\/\b\f\n\r\t""#), (#""\u00e9\u20AC\ud83d\ude00\u0001""#, #""é€😀\u0001""#),
      (#""été 😀""#, #""été 😀""#), (#""12345678\"12345678é""#, #""12345678\"12345678é""#),
      ("\u{FEFF}{}", "{}"), (#"{"":1}"#, #"{"":1}"#), (#"{"\u0061":1}"#, #"{"a":1}"#), ("\"\u{7F}\"", "\"\u{7F}\""),
    ]
  )
  func good(text: String, tree: String) {
    let result = parse(text)
    #expect(result.tree == tree)
    #expect(result.codes.isEmpty)
  }

  @Test(
    "each mistake is one finding at its own place, and the rest is read",
    arguments: [
      Mistake("[1 2]", .missingComma, at: 3, "[1,2]"),
      Mistake(#"{"a":1 "b":2}"#, .missingComma, at: 7, #"{"a":1,"b":2}"#),
      Mistake("[1,2,]", .trailingComma, at: 4, "[1,2]"),
      Mistake(#"{"a":1,}"#, .trailingComma, at: 6, #"{"a":1}"#),
      Mistake("[1,,2]", .extraComma, at: 3, "[1,2]"),
      Mistake("[,1]", .extraComma, at: 1, "[1]"),
      Mistake("[1, // one\n2]", .comment, at: 4, "[1,2]"),
      Mistake("[1, /* one */ 2]", .comment, at: 4, "[1,2]"),
      Mistake("# c\n[1]", .comment, at: 0, "[1]"),
      Mistake("[1] // end", .comment, at: 4, "[1]"),
      Mistake("{'a':1}", .singleQuotes, at: 1, #"{"a":1}"#),
      Mistake(#"['a "quoted" text']"#, .singleQuotes, at: 1, #"["a \"quoted\" text"]"#),
      Mistake("{a:1}", .unquotedName, at: 1, #"{"a":1}"#),
      Mistake("{1:1}", .unquotedName, at: 1, #"{"1":1}"#),
      Mistake(#"{"kind": slack-dm}"#, .unquotedText, at: 9, #"{"kind":"slack-dm"}"#),
      Mistake("[https://host:1/x, 2]", .unquotedText, at: 1, #"["https://host:1/x",2]"#),
      Mistake("[${TOKEN}]", .unquotedText, at: 1, #"["${TOKEN}"]"#),
      Mistake("[True]", .misspeltLiteral, at: 1, "[true]"),
      Mistake("[None]", .misspeltLiteral, at: 1, "[null]"),
      Mistake("[\"a\u{1}b\"]", .controlCharacter, at: 3, #"["a\u0001b"]"#),
      Mistake("[\"a\nb\", 1]", .controlCharacter, at: 3, #"["a\nb",1]"#),
      Mistake("[\"a\nsaid \\\"b\\\" c\", 1]", .controlCharacter, at: 3, #"["a\nsaid \"b\" c",1]"#),
      Mistake("{\"a\": \"x,\n\"b\": 1}", .unclosedString, at: 6, #"{"a":"x","b":1}"#),
      Mistake("{\"a\": \"x\n}", .unclosedString, at: 6, #"{"a":"x"}"#),
      Mistake(#"["\d+"]"#, .badEscape, at: 2, #"["\\d+"]"#),
      Mistake(#"["\u12"]"#, .badEscape, at: 2, #"["\\u12"]"#),
      Mistake(#"["\ud83d!"]"#, .loneSurrogate, at: 2, "[\"\u{FFFD}!\"]"),
      Mistake(#"["\udc00"]"#, .loneSurrogate, at: 2, "[\"\u{FFFD}\"]"),
      Mistake("[01]", .badNumber, at: 1, "[01]"),
      Mistake("[+1]", .badNumber, at: 1, "[+1]"),
      Mistake("[1.]", .badNumber, at: 1, "[1.]"),
      Mistake("[.5]", .badNumber, at: 1, "[.5]"),
      Mistake("[1e]", .badNumber, at: 1, "[1e]"),
      Mistake("[-]", .badNumber, at: 1, "[-]"),
      Mistake("[0x10]", .badNumber, at: 1, "[0x10]"),
      Mistake("[NaN]", .badNumber, at: 1, "[NaN]"),
      Mistake("[-Infinity]", .badNumber, at: 1, "[-Infinity]"),
      Mistake("[1e999]", .numberTooLarge, at: 1, "[1e999]"),
      Mistake(#"{"a" 1}"#, .missingColon, at: 5, #"{"a":1}"#),
      Mistake(#"{"a" = 1}"#, .missingColon, at: 5, #"{"a":1}"#),
      Mistake(#"{"a":,"b":1}"#, .missingValue, at: 5, #"{"a":null,"b":1}"#),
      Mistake(#"{"a"}"#, .missingValue, at: 4, #"{"a":null}"#),
      Mistake("[1;2]", .unexpectedCharacter, at: 2, "[1,2]"),
      Mistake("[@, 2]", .unexpectedCharacter, at: 1, "[2]"),
      Mistake(#"{"a":@}"#, .unexpectedCharacter, at: 5, #"{"a":null}"#),
      Mistake(#"{[1], "a":2}"#, .unexpectedCharacter, at: 1, #"{"a":2}"#),
      Mistake(#"{"a":[1}"#, .wrongBracket, at: 7, #"{"a":[1]}"#),
      Mistake("[[1},2]", .wrongBracket, at: 3, "[[1],2]"),
      Mistake(#"{"a":1,"a":2}"#, .duplicateName, at: 7, #"{"a":1}"#),
      Mistake("[1] 2", .textAfterEnd, at: 4, "[1]"),
      Mistake("[]]", .textAfterEnd, at: 2, "[]"),
      Mistake("", .emptyText, at: 0, nil),
      Mistake(" \n\t", .emptyText, at: 3, nil),
      Mistake("[1, 2", .endOfText, at: 5, nil),
      Mistake(#"{"a": "b"#, .endOfText, at: 8, nil),
      Mistake(#"["a\"#, .endOfText, at: 4, nil),
      Mistake("[1, /* ", .endOfText, at: 7, nil, also: [.comment]),
    ]
  )
  func bad(_ mistake: Mistake) {
    let result = parse(mistake.text)
    #expect(Set(result.codes) == Set([mistake.code] + mistake.also))
    #expect(result.codes.count == 1 + mistake.also.count)
    #expect(result.problems.first { $0.code == mistake.code }?.offset == mistake.offset)
    #expect(result.tree == mistake.tree)
    for problem in result.problems {
      #expect(problem.message.last == "." && problem.remedy.last == ".", "\(problem)")
    }
  }

  @Test(
    "a UTF-16 or UTF-32 text is reported as such",
    arguments: [
      ([0xFF, 0xFE, 0x7B, 0], "UTF-16"), ([0xFE, 0xFF, 0, 0x7B], "UTF-16"), ([0x7B, 0, 0x7D, 0], "UTF-16"),
      ([0, 0x7B, 0, 0x7D], "UTF-16"),
      ([0xFF, 0xFE, 0, 0], "UTF-32"), ([0, 0, 0, 0x7B], "UTF-32"), ([0x7B, 0, 0, 0], "UTF-32"),
    ] as [([UInt8], String)]
  )
  func foreign(bytes: [UInt8], name: String) {
    let result = parse(bytes)
    #expect(result.codes == [.wrongEncoding])
    #expect(result.problems.first?.message.contains(name) == true)
  }

  @Test("invalid UTF-8 becomes U+FFFD, with a finding at its first byte")
  func invalidUTF8() {
    let result = parse(Array(#"["é"#.utf8) + [0xFF, 0xC3] + Array(#"x", 1]"#.utf8))
    #expect(result.codes == [.invalidUTF8])
    #expect(result.problems.first?.offset == 4)
    #expect(result.tree == "[\"é\u{FFFD}\u{FFFD}x\",1]")
  }

  @Test("a string that is too long is cut between characters, a number that is too long is cut")
  func tooLong() {
    let limits = JSONLimits(stringBytes: 10, numberBytes: 5)
    let text = #"["12345678é", "123456789é", 1234567]"#
    let (node, problems) = JSONTree.parse(SourceText(name: "", bytes: Array(text.utf8)), limits: limits)
    #expect(problems.map(\.code) == [.stringTooLong, .numberTooLong])
    #expect(node?.compact == #"["12345678é","123456789",12345]"#)
  }

  @Test("values nested too deeply are omitted, and the rest is read")
  func tooDeep() {
    let deep = String(repeating: "[", count: 70) + "\"]\"" + String(repeating: "]", count: 70)
    let result = parse("{\"a\": \(deep), \"b\": 1}")
    #expect(result.codes == [.tooDeep])
    #expect(result.problems.first?.offset == 6 + 63)
    #expect(result.tree?.hasSuffix(#""b":1}"#) == true)
  }

  @Test("a megabyte of opening brackets is two findings", arguments: ["[", "{", "{\"a\":", "[{\"\":"])
  func megabyte(of piece: String) {
    let result = parse(String(repeating: piece, count: 1_000_000 / piece.utf8.count))
    #expect(result.tree == nil)
    #expect(result.codes.contains(.endOfText))
    #expect(result.codes.count <= 100)
  }

  @Test("a file with many mistakes reports them all, in the order of the text")
  func many() {
    let result = parse(
      """
      {
        // comment
        'a': 1,
        b: 2
        "c": tru,
        "d": 01,
        "d": 3,
        "e": [1, 2,],
        "f": "\\x",
        "g": "open,
        "h": +1,
      }
      """
    )
    #expect(
      result.codes == [
        .comment, .singleQuotes, .unquotedName, .missingComma, .unquotedText, .badNumber, .duplicateName,
        .trailingComma,
        .badEscape, .unclosedString, .badNumber, .trailingComma,
      ]
    )
    #expect(result.problems.map(\.offset) == result.problems.map(\.offset).sorted())
    #expect(result.tree == #"{"a":1,"b":2,"c":"tru","d":01,"e":[1,2],"f":"\\x","g":"open","h":+1}"#)
  }

  @Test("a duplicate name is reported with the line of the first one, however many names there are")
  func duplicates() {
    let names = (0..<10_000).map { "\"n\($0)\": \($0)" }.joined(separator: ",\n")
    let result = parse("{\(names),\n\"n1\": 0, \"n9999\": 0}")
    #expect(result.codes == [.duplicateName, .duplicateName])
    #expect(result.problems.first?.message.contains("first on line 2;") == true)
    #expect(result.problems.last?.message.contains("first on line 10000;") == true)
  }

  @Test("problems beyond the limit are counted, not kept")
  func cap() {
    let outcome = JSONReader.read(Array("[\(String(repeating: "+1,", count: 1_000))1]".utf8)) {
      reader throws(JSONProblem) in
      try reader.skip()
    }
    #expect(outcome.problems.count == 100)
    #expect(outcome.problemCount == 1_000)
    #expect(!outcome.mayHaveLostValues)
  }

  @Test("a message shows text of the file shortened and without control characters")
  func shown() {
    let name = "\u{202E}é\u{1B}[2J" + String(repeating: "x", count: 1_000)
    let result = parse(
      "{\"\(name.replacing("\u{1B}", with: "\\u001b"))\": 1, \"\(name.replacing("\u{1B}", with: "\\u001b"))\": 2}"
    )
    let message = result.problems.first?.message ?? ""
    #expect(message.utf8.count < 200 && message.contains("\u{FFFD}é\u{FFFD}[2Jxxx"))
  }

  @Test("offsets of values and names are those of their first bytes")
  func offsets() throws {
    let node = try #require(JSONTree.parse(SourceText(name: "", bytes: Array(#" {"é": [1, "x"]}"#.utf8))).node)
    let member = try #require(node.members?.first)
    #expect(node.offset == 1 && member.offset == 2 && member.node.offset == 8)
    #expect(member.node.elements?.map(\.offset) == [9, 12])
  }
}

struct Mistake: Sendable, CustomTestStringConvertible {
  var text: String
  var code: JSONProblem.Code
  var offset: Int
  var tree: String?
  var also: [JSONProblem.Code]

  init(_ text: String, _ code: JSONProblem.Code, at offset: Int, _ tree: String?, also: [JSONProblem.Code] = []) {
    self.text = text
    self.code = code
    self.offset = offset
    self.tree = tree
    self.also = also
  }

  var testDescription: String { "\(text) → \(code)" }
}
