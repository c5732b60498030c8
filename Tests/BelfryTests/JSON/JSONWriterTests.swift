// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("Writing JSON")
struct JSONWriterTests {
  @Test(
    "strings are escaped only where JSON requires it",
    arguments: [
      ("", #""""#), ("plain", #""plain""#), (#"a"b\c/d"#, #""a\"b\\c/d""#), ("a\nb\tc\rd", #""a\nb\tc\rd""#),
      ("\u{8}\u{C}\u{0}\u{1F}\u{1B}", #""\b\f\u0000\u001f\u001b""#), ("é😀\u{2028}\u{7F}", "\"é😀\u{2028}\u{7F}\""),
      ("1234567\"", #""1234567\"""#), ("12345678\n90", #""12345678\n90""#),
    ]
  )
  func strings(text: String, written: String) {
    var writer = JSONWriter()
    writer.string(text)
    #expect(writer.text == written)
    #expect(JSONTree.parse(SourceText(name: "", bytes: writer.bytes)).node?.string == text)
  }

  @Test("commas and colons are added automatically")
  func compact() {
    var writer = JSONWriter()
    fill(&writer)
    #expect(writer.text == #"{"a":[1,-2,true,null],"b":{},"c":[],"d":{"e":"f"},"g":[[],{}],"h":1.5,"i":{"j":0}}"#)
  }

  @Test("the pretty form has a line per member and two spaces per level")
  func pretty() {
    var writer = JSONWriter(.pretty)
    writer.beginObject()
    writer.key("a")
    writer.beginArray()
    writer.int(1)
    writer.int(2)
    writer.endArray()
    writer.key("b")
    writer.beginObject()
    writer.endObject()
    writer.endObject()
    #expect(
      writer.text == """
        {
          "a": [
            1,
            2
          ],
          "b": {}
        }
        """
    )
  }

  @Test("both forms read back as the same tree")
  func forms() {
    var compact = JSONWriter()
    var pretty = JSONWriter(.pretty)
    fill(&compact)
    fill(&pretty)
    #expect(parse(pretty.bytes).tree == compact.text)
    #expect(parse(pretty.bytes).codes.isEmpty)
  }

  @Test("a buffer starts again after removeAll, and holds one text per line with endLine")
  func reuse() {
    var writer = JSONWriter()
    writer.beginArray()
    writer.int(1)
    writer.removeAll()
    writer.int(2)
    writer.endLine()
    writer.beginObject()
    writer.endObject()
    writer.endLine()
    #expect(writer.text == "2\n{}\n")
  }

  private func fill(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("a")
    writer.beginArray()
    writer.int(1)
    writer.int(-2)
    writer.bool(true)
    writer.null()
    writer.endArray()
    writer.key("b")
    writer.beginObject()
    writer.endObject()
    writer.key("c")
    writer.beginArray()
    writer.endArray()
    writer.key("d")
    writer.beginObject()
    writer.key("e")
    writer.string("f")
    writer.endObject()
    writer.key("g")
    writer.beginArray()
    writer.beginArray()
    writer.endArray()
    writer.beginObject()
    writer.endObject()
    writer.endArray()
    writer.key("h")
    writer.number("1.5")
    writer.key("i")
    writer.json(#"{"j":0}"#.utf8)
    writer.endObject()
  }
}
