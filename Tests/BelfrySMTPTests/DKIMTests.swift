// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import Testing

@testable import BelfrySMTP

@Suite("The signature of a mail")
struct DKIMTests {
  static let contract = ChannelContract(
    SMTPChannel.self,
    settings: #"""
      { "server": "smtp://mail.example.com", "from": "Wächter <belfry@example.com>", "to": "ops@example.com",
        "dkim": [
          { "domain": "example.com", "selector": "rsa-2026", "key": "\#(TestKeys.json(TestKeys.rsa))" },
          { "domain": "example.com", "selector": "ed-2026", "key": "\#(TestKeys.json(TestKeys.ed25519))" }
        ] }
      """#
  )

  @Test("does not break the channel contract")
  func contract() async throws {
    try await Self.contract.verify()
  }

  @Test("is at the start of the message, one per key")
  func golden() throws {
    let notice = try #require(SampleNotices.all.first { $0.name == "resolved" }).notice
    try Golden().check(try submission(Self.contract, notice).message, as: "signed.eml")
  }

  @Test("canonicalises header and body as in RFC 6376 §3.4.5")
  func canonical() {
    #expect(text(Canonical.field(Array("A: X\r\n".utf8))) == "a:X")
    #expect(text(Canonical.field(Array("B : Y\t\r\n\tZ  \r\n".utf8))) == "b:Y Z")
    #expect(text(Canonical.body(Array(" C \r\nD \t E\r\n\r\n\r\n".utf8))) == " C\r\nD E\r\n")
  }

  @Test(
    "canonicalises unusual bodies",
    arguments: [
      ("", ""), ("\r\n", ""), (" \t\r\n\r\n", ""), ("x", "x\r\n"), ("x\r\n", "x\r\n"), ("x \r\n \r\n", "x\r\n"),
      ("\r\nx\r\n", "\r\nx\r\n"), ("x\r\n\r\n\r\ny", "x\r\n\r\n\r\ny\r\n"), ("\t\t x", " x\r\n"),
    ]
  )
  func edges(body: String, relaxed: String) {
    #expect(text(Canonical.body(Array(body.utf8))) == relaxed)
  }

  @Test("has the hash and the bytes of RFC 8463, appendix A")
  func published() throws {
    let fields = [
      "From: Joe SixPack <joe@football.example.com>", "To: Suzie Q <suzie@shopping.example.net>",
      "Subject: Is dinner ready?", "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)",
      "Message-ID: <20030712040037.46341.5F8J@football.example.com>",
    ]
    let body = "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
    let signature =
      "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n"
      + " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n"
      + " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b="
    #expect(
      Base64.text(SHA256.hash(Canonical.body(Array(body.utf8)))) == "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
    )
    let names = ["from", "to", "subject", "date", "message-id", "from", "subject", "date"]
    let signed = DKIMSignature.text(of: fields, named: names, with: signature)
    let key = try SigningKey(pem: Secret(TestKeys.ed25519))
    #expect(
      Base64.text(key.signature(of: SHA256.hash(signed)))
        == "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
    )
  }

  @Test("covers every field that a reader sees, and prevents a second sender")
  func covered() throws {
    for (name, notice) in SampleNotices.all {
      let message = text(try submission(Self.contract, notice).message)
      let header = message.components(of: "\r\n\r\n")[0].replacing("\r\n ", with: " ").split(separator: "\r\n")
      let there = Set(header.map { $0.prefix { $0 != ":" }.lowercased() })
      for signature in header where signature.hasPrefix("DKIM-Signature") {
        let list = signature.split(separator: ";").first { $0.hasPrefix(" h=") }?.dropFirst(3) ?? ""
        let signed = list.split(separator: ":").map { $0.filter { $0 != " " }.lowercased() }
        #expect(
          there.subtracting(signed).isSubset(of: ["dkim-signature", "auto-submitted", "x-auto-response-suppress"]),
          "\(name)"
        )
        #expect(signed.count { $0 == "from" } == 2, "\(name)")
      }
    }
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

@Suite("The keys for signing mails")
struct DKIMSettingsTests {
  private static func entry(_ domain: String, _ pem: String, selector: String = "s1") -> String {
    #"{ "domain": "\#(domain)", "selector": "\#(selector)", "key": "\#(TestKeys.json(pem))" }"#
  }

  @Test(
    "are rejected if nothing can be signed with them",
    arguments: [
      (entry("example.com", TestKeys.shortRSA), "1024 bits is too short"),
      (entry("example.com", "no key"), "is not an unencrypted PEM private key"),
      (entry("exa mple.com", TestKeys.rsa), "is not a host name"),
      (entry("example.com", TestKeys.rsa, selector: "a..b"), "is not a host name"),
      (#"{ "domain": "example.com", "selector": "s" }"#, "`key` is missing"),
      (#"{ "domain": "example.com", "selector": "s", "key": "x", "keys": "" }"#, "unknown key"),
    ]
  )
  func errors(dkim: String, message: String) {
    let (settings, findings) = decode(dkim)
    #expect(settings == nil)
    #expect(findings.contains { $0.text.contains(message) }, "\(findings)")
    #expect(!findings.contains { $0.text.contains("MII") }, "a key is shown")
  }

  @Test(
    "must be of the sender's domain, or of one above or below it",
    arguments: [
      ("example.com", true), ("ops.example.com", true), ("OPS.example.com", true), ("a.ops.example.com", true),
      ("example.org", false), ("sops.example.com", false), ("ample.com", false),
    ]
  )
  func alignment(domain: String, isAligned: Bool) {
    let (settings, findings) = decode(Self.entry(domain, TestKeys.ed25519))
    #expect(settings?.dkim.count == 1)
    #expect(findings.contains { $0.level == .warning && $0.message.contains("DMARC") } != isAligned)
  }

  @Test("send nothing if one is missing, rather than an unsigned mail")
  func empty() throws {
    let (settings, findings) = decode(#"{ "domain": "example.com", "selector": "s", "key": "${UNSET:-}" }"#)
    #expect(findings.contains { $0.path == "dkim.key" && $0.message.contains("nothing can be sent") }, "\(findings)")
    let channel = SMTPChannel(name: "mail", settings: try #require(settings))
    #expect { try channel.compose(ContractNotices.plain) } throws: { "\($0)".contains("dkim.key") }
  }

  private func decode(_ dkim: String) -> (settings: SMTPSettings?, findings: [Finding]) {
    let rest = #""server": "smtp://h", "from": "a@ops.example.com", "to": "b@example.com""#
    let source = SourceText(name: "settings", bytes: Array("{ \(rest), \"dkim\": \(dkim) }".utf8))
    var report = Report(source: source, folder: "/srv/belfry")
    guard let node = JSONTree.parse(source).node else { return (nil, []) }
    let expanded = Substitution(environment: [:]).expand(node, report: &report)
    let settings = SMTPSettings(decoding: expanded, report: &report)
    return (settings, report.findings)
  }
}
