// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import Testing

@testable import BelfrySMTP

@Suite("Header fields of a mail")
struct MailHeaderTests {
  private static let texts = [
    "short",
    "",
    "words " + String(repeating: "and more words ", count: 20) + "end",
    String(repeating: "x", count: 300),
    "Größe der Platte über 95 % — 🔥 sofort handeln",
    String(repeating: "é", count: 200),
    String(repeating: "👩‍👩‍👧‍👦", count: 40),
    "e" + String(repeating: "\u{301}", count: 300),
    "=?utf-8?B?eA==?= seems encoded",
    "نص تنبيه خطير",
    "tab\tand\r\nBcc: x@example.net",
  ]

  @Test("stay within 76 columns and ASCII, and read back unchanged", arguments: texts)
  func text(text: String) throws {
    let field = MailHeader.text("Subject", text)
    for line in field.split(separator: "\r\n", omittingEmptySubsequences: false) {
      #expect(line.utf8.count <= 76)
      #expect(!line.utf8.contains { $0 < 0x20 || $0 >= 0x7F })
    }
    #expect(field.split(separator: "\r\n").dropFirst().allSatisfy { $0.hasPrefix(" ") })
    #expect(try decoded(String(field.dropFirst("Subject: ".count))) == text.oneLine)
  }

  @Test("have no encoded word above 75, and none that splits a character", arguments: texts)
  func words(text: String) throws {
    for word in MailHeader.text("Subject", text).split(separator: " ") where word.hasPrefix("=?utf-8?B?") {
      let word = word.hasSuffix("\r\n") ? word.dropLast() : word
      #expect(word.utf8.count <= 75)
      #expect(String(validating: try bytes(ofBase64: word.dropFirst(10).dropLast(2)), as: UTF8.self) != nil)
    }
  }

  @Test("use only a valid Message-ID from a receipt")
  func messageIDs() {
    #expect(MailHeader.messageID("<a@b>") == "<a@b>")
    for text in [nil, "", "a@b", "<a@b", "<ab>", "<a@b> <c@d>", "<a@b>\r\nBcc: x", "<a\n@b>", "<é@b>", "<>"] {
      #expect(MailHeader.messageID(text) == nil)
    }
  }

  @Test(
    "date a mail in UTC",
    arguments: [
      (1_795_424_707, "Mon, 23 Nov 2026 09:05:07 +0000"), (0, "Thu, 1 Jan 1970 00:00:00 +0000"),
      (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"),
    ] as [(Int64, String)]
  )
  func dates(seconds: Int64, expected: String) {
    #expect(Instant(seconds: seconds).mailDate == expected)
  }

  /// The field as a mail reader decodes it: unfolded, encoded words decoded and the space between two of them dropped.
  private func decoded(_ field: String) throws -> String {
    var result = ""
    var wasEncoded = false
    for (index, word) in field.replacing("\r\n", with: "").split(separator: " ").enumerated() {
      let isEncoded = word.hasPrefix("=?utf-8?B?") && word.hasSuffix("?=")
      if index > 0 && !(wasEncoded && isEncoded) { result += " " }
      result +=
        isEncoded ? String(decoding: try bytes(ofBase64: word.dropFirst(10).dropLast(2)), as: UTF8.self) : String(word)
      wasEncoded = isEncoded
    }
    return result
  }

  private func bytes(ofBase64 text: some StringProtocol) throws -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var bits = 0
    var count = 0
    var bytes: [UInt8] = []
    for character in text.utf8 where character != UInt8(ascii: "=") {
      bits = bits << 6 | (try #require(alphabet.firstIndex(of: character)))
      count += 6
      guard count >= 8 else { continue }
      count -= 8
      bytes.append(UInt8(bits >> count & 0xFF))
    }
    return bytes
  }
}

@Suite("The body parts of a mail")
struct MailPartTests {
  @Test(
    "are quoted-printable if most of it is ASCII, and Base64 if not",
    arguments: [
      ("plain\n", "quoted-printable", "plain\r\n"),
      ("a = b \n c\t\nend ", "quoted-printable", "a =3D b=20\r\n c=09\r\nend=20"),
      ("ein Wort mit ß darin", "quoted-printable", "ein Wort mit =C3=9F darin"),
      ("ää\nöö", "base64", "w6TDpA0Kw7bDtg=="),
    ]
  )
  func encodings(text: String, encoding: String, expected: String) {
    let part = part(text)
    #expect(part.header.hasSuffix("Content-Transfer-Encoding: \(encoding)"))
    #expect(part.body == expected)
  }

  @Test("have no line above 76, and split no character over two", arguments: 60...90)
  func lines(length: Int) {
    let text = String(repeating: "x", count: length) + "äß🔥 " + String(repeating: "y", count: 400) + "\nend"
    let body = part(text).body
    #expect(body.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 76 })
    let unfolded = body.replacing("=\r\n", with: "")
    let codes = ["ä": "=C3=A4", "ß": "=C3=9F", "🔥": "=F0=9F=94=A5", "\n": "\r\n"]
    #expect(unfolded == codes.reduce(text) { $0.replacing($1.key, with: $1.value) })
    for code in codes.values { #expect(body.contains(code)) }
  }

  private func part(_ text: String) -> (header: String, body: String) {
    let bytes = MailPart(type: "text/plain", text: text).bytes
    let parts = String(decoding: bytes, as: UTF8.self).components(of: "\r\n\r\n")
    return (parts[0], parts[1])
  }

  @Test("are separated by a boundary that occurs in no part")
  func boundary() throws {
    var notice = ContractNotices.plain
    let text = "x\n--belfry-\(notice.delivery.text)\n--belfry-\(notice.delivery.text)-2\n"
    notice.content = .alert(Alert(id: "1", severity: .info, title: "T", detail: text))
    let message = String(decoding: try submission(SMTPChannelTests.contract, notice).message, as: UTF8.self)
    #expect(message.contains("boundary=\"belfry-\(notice.delivery.text)-3\""))
    #expect(message.ranges(of: "\r\n--belfry-\(notice.delivery.text)-3").count == 3)
  }
}
