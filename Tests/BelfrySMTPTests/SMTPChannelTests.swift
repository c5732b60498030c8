// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySMTP
import BelfryTesting
import Testing

@Suite("The mail channel")
struct SMTPChannelTests {
  static let contract = ChannelContract(
    SMTPChannel.self,
    settings: #"""
      { "server": "smtp://mail.example.com", "username": "belfry", "password": "t0p-s3cret",
        "from": "Wächter <belfry@example.com>", "to": ["ops@example.com", "\"On call, EU\" <oncall@example.com>"],
        "cc": "ops@example.com", "subject_prefix": "[staging]" }
      """#
  )

  @Test("keeps the channel contract")
  func contract() async throws {
    try await Self.contract.verify()
  }

  @Test("writes the recorded messages", arguments: SampleNotices.all.map(\.name))
  func golden(name: String) throws {
    let notice = try #require(SampleNotices.all.first { $0.name == name }).notice
    try Golden().check(try submission(Self.contract, notice).message, as: "\(name).eml")
  }

  @Test("sends to each recipient once, by the configured server")
  func envelope() throws {
    let mail = try submission(Self.contract, ContractNotices.plain)
    #expect(mail.sender == "belfry@example.com")
    #expect(mail.recipients == ["ops@example.com", "oncall@example.com"])
    #expect(mail.server.host == "mail.example.com")
    #expect(mail.server.port == 587)
    #expect(mail.server.security == .startTLS)
    #expect(mail.server.credentials?.username == "belfry")
  }

  @Test("sends to blind recipients, and names none of them in the mail", arguments: SampleNotices.all.map(\.name))
  func blindCopy(name: String) throws {
    let contract = ChannelContract(
      SMTPChannel.self,
      settings: #"""
        { "server": "smtp://h", "from": "a@example.com", "to": "b@example.com",
          "bcc": ["Hidden One <h1dden@example.net>", "b@example.com"] }
        """#
    )
    let notice = try #require(SampleNotices.all.first { $0.name == name }).notice
    let mail = try submission(contract, notice)
    #expect(mail.recipients == ["b@example.com", "h1dden@example.net"])
    let text = String(decoding: mail.message, as: UTF8.self)
    for part in ["h1dden", "example.net", "Hidden", "Bcc"] { #expect(!text.contains(part)) }
    #expect(try contract.channel().recipient.contains("h1dden@example.net"))
  }

  @Test("adds the configured fields, the address for replies and the name of the greeting")
  func fields() throws {
    let contract = ChannelContract(
      SMTPChannel.self,
      settings: #"""
        { "server": "smtp://h", "from": "a@example.com", "to": "b@example.com", "hello": "belfry.example.com",
          "reply_to": ["On call <oncall@example.com>", "ops@example.com"],
          "headers": { "X-Team": "web", "X-Note": "Größe: é", "Precedence": "bulk" } }
        """#
    )
    let mail = try submission(contract, ContractNotices.plain)
    #expect(mail.server.greetingName == "belfry.example.com")
    let header = String(decoding: mail.message, as: UTF8.self).split(separator: "\r\n\r\n").first ?? ""
    #expect(header.contains("\r\nReply-To: On call <oncall@example.com>,\r\n ops@example.com\r\n"))
    #expect(header.contains("\r\nX-Team: web\r\n"))
    #expect(header.contains("\r\nX-Note: =?utf-8?B?R3LDtsOfZTogw6k=?=\r\n"))
    #expect(header.contains("\r\nPrecedence: bulk\r\n"))
    #expect(try submission(Self.contract, ContractNotices.plain).server.greetingName == nil)
  }

  @Test(
    "refuses fields that are Belfry's own, and what is no field",
    arguments: [
      (#""To": "x""#, "Belfry sets this field itself. Write the key `to`."),
      (#""BCC": "x""#, "Belfry sets this field itself. Write the key `bcc`."),
      (#""Subject": "x""#, "Write the key `subject_prefix`."),
      (#""Content-Type": "x""#, "Belfry sets this field itself."),
      (#""Message-ID": "x""#, "Belfry sets this field itself."),
      (#""DKIM-Signature": "x""#, "Belfry sets this field itself."),
      (#""X A": "x""#, "not a valid header field name"), (#""X:A": "x""#, "not a valid header field name"),
      (#""Ü": "x""#, "not a valid header field name"), (#""": "x""#, "not a valid header field name"),
      (#""X-A": "x", "x-a": "y""#, "this field occurs twice"), (#""X-A": "x\r\nBcc: y@example.com""#, "line break"),
      (#""X-A": 1"#, "found a number"), (#""X-A": "${HOME_TOKEN}""#, "cannot contain a variable"),
    ]
  )
  func reserved(members: String, message: String) {
    let contract = ChannelContract(
      SMTPChannel.self,
      settings: #"{ "server": "smtp://h", "from": "a@x.test", "to": "b@x.test", "headers": { \#(members) } }"#,
      environment: ["HOME_TOKEN": "abcdefgh"]
    )
    #expect { try contract.channel() } throws: { "\($0)".contains(message) }
  }

  @Test("has the same Message-ID at every attempt, and another one for another delivery")
  func identity() throws {
    var notice = ContractNotices.plain
    let first = try submission(Self.contract, notice)
    notice.sentAt = notice.sentAt + .seconds(60)
    let second = try submission(Self.contract, notice)
    notice.delivery = DeliveryID("0199c5a0-0000-7000-8000-000000000002")
    #expect(first.messageID == "<0199c5a0-0000-7000-8000-000000000001@example.com>")
    #expect(second.messageID == first.messageID)
    #expect(second.message != first.message)
    #expect(try submission(Self.contract, notice).messageID != first.messageID)
  }

  @Test("refers to earlier mails by receipts with a Message-ID, and to nothing else")
  func threads() throws {
    var notice = ContractNotices.plain
    notice.earlier = ["<a@x.test>", "<b@x.test>\r\nBcc: y@x.test", "b@x.test", "<c@x.test>"]
      .map { Receipt(["message-id": $0]) }
    let header = try headerText(notice)
    #expect(header.contains("\r\nIn-Reply-To: <c@x.test>\r\n"))
    #expect(try thread(notice).dropFirst() == ["<a@x.test>", "<c@x.test>"])
    #expect(!header.contains("Bcc"))
  }

  @Test("makes one thread of all mails about one alert, even if the first was lost")
  func roots() throws {
    let disk = SampleNotices.disk
    let aboutIt: [Notice.Content] = [.alert(disk), .flapping(disk), .resolved(disk), .reminder([disk])]
    let roots = try aboutIt.map { content in
      var notice = ContractNotices.plain
      notice.content = content
      return try #require(thread(notice).first)
    }
    #expect(Set(roots).count == 1)
    var other = ContractNotices.plain
    other.content = .alert(SampleNotices.latency)
    #expect(try thread(other).first != roots[0])
    other.content = .group(name: "host=db-1", [disk], firing: 1)
    let group = try thread(other)
    other.content = .group(name: "host=db-1", [SampleNotices.latency], firing: 0)
    #expect(try thread(other) == group)
    #expect(group.count == 1)
  }

  @Test("makes no common thread of mails about many alerts")
  func noRoot() throws {
    for content in [
      Notice.Content.burst([SampleNotices.disk]), .digest(name: "d", [SampleNotices.disk]), .test(SampleNotices.disk),
      .followup([SampleNotices.disk], ended: 0), .reminder([SampleNotices.disk, SampleNotices.latency]),
      .group(name: "", [SampleNotices.disk], firing: 1),
    ] {
      var notice = ContractNotices.plain
      notice.content = content
      #expect(try thread(notice) == [])
    }
  }

  /// The Message-IDs in `References`.
  private func thread(_ notice: Notice) throws -> [String] {
    let fields = try headerText(notice).replacing("\r\n ", with: " ").split(separator: "\r\n")
    let references = fields.first { $0.hasPrefix("References: ") }?.dropFirst(12)
    return references.map { $0.split(separator: " ").map(String.init) } ?? []
  }

  @Test(
    "judges a mail server's answers",
    arguments: [
      (250, "2.0.0 Ok: queued as 4F5", "delivered", ""),
      (421, "4.3.2 Service shutting down", "retry", "smtp_421_4.3.2"),
      (450, "4.7.1 Greylisted", "retry", "smtp_450_4.7.1"),
      (452, "4.2.2 Mailbox full", "retry", "smtp_452_4.2.2"),
      (454, "4.7.0 Temporary authentication failure", "retry", "smtp_454_4.7.0"),
      (530, "5.5.1 Authentication Required", "operator", "smtp_530_5.5.1"),
      (535, "5.7.139 Authentication unsuccessful, basic authentication is disabled", "operator", "smtp_535_5.7.139"),
      (534, "", "operator", "smtp_534"),
      (550, "5.7.30 Basic authentication is not supported", "operator", "smtp_550_5.7.30"),
      (550, "5.1.1 User unknown", "target", "smtp_550_5.1.1"),
      (550, "5.1.8 Sender refused", "operator", "smtp_550_5.1.8"),
      (552, "5.2.2 Mailbox full", "target", "smtp_552_5.2.2"),
      (552, "5.3.4 Message too big", "payload", "smtp_552_5.3.4"),
      (554, "5.7.1 Relay access denied", "operator", "smtp_554_5.7.1"),
      (554, "Transaction failed", "payload", "smtp_554"),
      (550, "No such user", "target", "smtp_550"),
      (550, "4.1.1 contradicts itself", "target", "smtp_550"),
      (503, "Bad sequence", "operator", "smtp_503"),
      (354, "Go ahead", "ambiguous", "smtp_354"),
      (0, "", "ambiguous", "smtp_0"),
    ]
  )
  func verdicts(code: Int, text: String, expected: String, reason: String) throws {
    let verdict = try Self.contract.channel().interpret(.mail(MailReply(code: code, text: text)))
    #expect(verdict.name == expected)
    switch verdict {
    case .delivered: break
    case .partial(_, let found, _), .retry(_, let found), .ambiguous(let found), .rejected(_, let found):
      #expect(found.code == reason)
    }
  }

  private func headerText(_ notice: Notice) throws -> String {
    let text = String(decoding: try submission(Self.contract, notice).message, as: UTF8.self)
    return text.components(of: "\r\n\r\n")[0]
  }
}

func submission(_ contract: ChannelContract<SMTPChannel>, _ notice: Notice) throws -> MailSubmission {
  guard case .mail(let mail) = try contract.channel().compose(notice) else {
    throw BrokenContract(breaches: ["not a mail"])
  }
  return mail
}

extension String {
  func components(of separator: String) -> [String] {
    split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
  }
}
