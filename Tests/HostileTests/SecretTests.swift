// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryOperations
import BelfrySources
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
import Testing

/// A form in which a program or a server may repeat a secret.
enum Echo: String, CaseIterable {
  case plain, percent, percentLower, json, jsonNumbers, base64, base64WithUser, base64URL, folded, windowsLines
  case cutAtStart, cutAtEnd

  /// Enough of them to show that the output is searched at all; `Redaction` itself is tested with each.
  static let whole: [Echo] = [.plain, .percent, .json, .base64WithUser, .folded]

  func text(of secret: String) -> String {
    switch self {
    case .plain: secret
    case .percent: secret.utf8.map { "%" + hexadecimal(Int($0), 2).uppercased() }.joined()
    case .percentLower: secret.utf8.map { "%" + hexadecimal(Int($0), 2) }.joined()
    case .json: json(secret)
    case .jsonNumbers: secret.utf16.map { "\\u" + hexadecimal(Int($0), 4) }.joined()
    case .base64: Data(secret.utf8).base64EncodedString()
    case .base64WithUser: Data("user:\(secret)".utf8).base64EncodedString()
    case .base64URL:
      Data("\0user\0\(secret)".utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
    case .folded: secret.enumerated().map { $0 > 0 && $0 % 5 == 0 ? "\n\($1)" : "\($1)" }.joined()
    case .windowsLines: secret.replacing("\n", with: "\r\n")
    case .cutAtStart: String(secret.dropFirst(3))
    case .cutAtEnd: String(secret.dropLast(3))
    }
  }

  /// A complete answer with it: a cut form is at the start or the end of the answer.
  func answer(with secret: String) -> String {
    switch self {
    case .cutAtStart: text(of: secret) + " was refused"
    case .cutAtEnd: "you said " + text(of: secret)
    default: "you said " + text(of: secret) + " and it was refused"
    }
  }

  private func hexadecimal(_ number: Int, _ digits: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: digits - text.count) + text
  }

  private func json(_ text: String) -> String {
    var writer = JSONWriter()
    writer.string(text)
    return String(decoding: writer.bytes.dropFirst().dropLast(), as: UTF8.self)
  }
}

@Suite("Twenty secrets with unusual bytes")
struct SecretTests {
  static let key = """
    -----BEGIN PRIVATE KEY-----
    MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj
    MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu
    NMoSfm76oqFvAp8Gy0iz5sxjZmSnXyCdPEovGhLa0VzMaQ8s+CLOyS56YyCFGeJZ
    qgtzJ6GR3eqoYSW9b9UMvkBpZODSctWSNGj3P7jRFDO5VoTw==
    -----END PRIVATE KEY-----
    """

  static let lines = [
    "xoxb-1234567890-abcdef", "p@ss w0rd/with?query&x=1#f", "ünïcödé-päßwörd-ñ", #"quote"back\slash"end"#,
    "%41%42-percent-%zz-100%", "plus+and=equal==slash/", "emoji-🔑-and-🗝-keys", "日本語のパスワードです",
    "<script>alert(1)</script>", "${NOT_A_VARIABLE}-left", "{title}-{detail}-{x}", "AAAAAAAAAAAAAAAAAAAA",
    "a,b;c:d|e&f=g'h`i", "‹secret›-holds-a-mask", "\u{200F}rtl-mark-1234567", "'; DROP TABLE alerts; --",
    "*?[glob]+(regex)$^.{2,}", #"C:\path\to\nowhere\u0041"#, String(repeating: "long-1234/", count: 12),
  ]

  static let all = lines + [key]

  @Test("are found in every form in the output", arguments: all, Echo.allCases)
  func found(_ secret: String, _ echo: Echo) {
    let said = echo.answer(with: secret)
    let shown = Redaction([Secret(secret)]).masked(said)
    #expect(shown.contains(Secret.mask))
    #expect(!shown.contains(echo.text(of: secret)) || secret.contains(Secret.mask))
    // Base64 keeps a letter on either side that also encodes a neighbouring byte.
    let left = shown.replacing(Secret.mask, with: "").utf8.count
    #expect(left <= said.utf8.count - echo.text(of: secret).utf8.count + 16)
  }

  @Test("mask nothing else", arguments: all)
  func untouched(_ secret: String) {
    let said = "you said nothing; 550 5.1.1 no such user: a%20b \\n \\u00e9 100% of +/= and \"quotes\""
    #expect(Redaction([Secret(secret)]).masked(said) == said)
    #expect(Redaction().masked(said) == said)
  }

  @Test(
    "are masked in a text that is full of their beginnings",
    .endsIfItHangs,
    arguments: [
      // A key of 4 kB in lines that all begin alike, and a text of nothing but these beginnings.
      (
        (0..<64).map { "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9U\($0 + 10)" }.joined(
          separator: "\n"
        ),
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9U."
      ),
      (String(repeating: "a", count: 4_000) + "b", "a"), ("b" + String(repeating: "a", count: 4_000), "a"),
      (String(repeating: "ab", count: 2_000) + "c", "ab"),
    ]
  )
  func long(_ secret: String, _ part: String) {
    let text = String(repeating: part, count: (16 << 10) / part.utf8.count)
    let redaction = Redaction([Secret(secret)])
    for said in [text, text + secret, secret + text, text + "." + secret + "." + text] {
      let shown = redaction.masked(said)
      // The C library searches in one pass too; `contains` would compare every beginning.
      #expect(strstr(shown, secret) == nil)
      #expect(said == text || strstr(shown, Secret.mask) != nil)
    }
  }

  @Test("are in no verdict of any kind of channel, whatever its service answers", arguments: all)
  func channels(_ secret: String) throws {
    let isKey = secret == SecretTests.key
    let configuration = try SecretTests.read(isKey ? SecretTests.programs : SecretTests.everything, secret)
    for channel in configuration.channels.values {
      for echo in Echo.whole {
        let said = echo.answer(with: secret)
        for reply in SecretTests.replies(said) {
          let verdict = "\(channel.channel.interpret(reply).redacted(by: channel.redaction))"
          #expect(!verdict.contains(echo.text(of: secret)), "\(channel.name) \(echo)")
          // The last line of a key of its own.
          let lines = secret.split(separator: "\n").filter { !$0.hasPrefix("-----") }
          #expect(!verdict.contains(lines.last?.suffix(12) ?? ""), "\(channel.name) \(echo)")
        }
      }
    }
    #expect(!String(reflecting: configuration).contains(secret))
    #expect(!configuration.shown.contains(secret))
  }

  @Test("are in nothing that a source reports", arguments: all)
  func sources(_ secret: String) async throws {
    let isKey = secret == SecretTests.key
    let configuration = try SecretTests.read(isKey ? SecretTests.programs : SecretTests.everything, secret)
    for settings in configuration.sources {
      for echo in Echo.whole {
        let said = echo.answer(with: secret)
        for reply in SecretTests.replies(said) + [.http(HTTPReply(status: 200, body: SecretTests.alerts(said)))]
          + [.process(ProcessReply(.exited(0), output: SecretTests.alerts(said)))]
        {
          var source = settings
          let context = PollContext(at: ContractNotices.plain.sentAt) { _ in reply }
          let observed = "\(await source.poll(context).outcome)"
          #expect(!observed.contains(echo.text(of: secret)), "\(settings.name) \(echo)")
        }
      }
    }
  }

  @Test(
    "in an address are not shown, but sent",
    arguments: ["tok-en_1234567", "a%2Fb~c.d-12345", "12345678901234567890"]
  )
  func addresses(_ secret: String) async throws {
    let configuration = try SecretTests.read(SecretTests.addresses, secret)
    for settings in configuration.sources {
      #expect(!settings.subject.contains(secret), "\(settings.name)")
      let failure = Reply.failed(TransportFailure(.notConnected, "no connection to /\(secret)/x"))
      let transport = ScriptedTransport { _ in failure }
      var source = settings
      for _ in 1...3 {
        let context = PollContext(at: ContractNotices.plain.sentAt) { await transport.send($0) }
        let observation = await source.poll(context)
        #expect(!"\(observation.outcome)".contains(secret), "\(settings.name)")
      }
      switch try #require(transport.carried.first) {
      case .http(let exchange):
        #expect(exchange.sealed.url.reveal().contains("/\(secret)"))
        #expect(!exchange.url.contains(secret))
      case .process(let run):
        #expect(run.sealed.path.reveal() == "/opt/\(secret)/alerts")
        #expect(run.sealed.arguments.map { $0.reveal() } == ["", "--key=\(secret)"])
        #expect(!run.path.contains(secret) && run.arguments == ["--now", "--key=‹secret›"])
      case .mail, .append: Issue.record("nothing of a source's")
      }
    }
    let pulse = try #require(configuration.pulse)
    #expect(!pulse.url.text.contains(secret) && pulse.url.sealed.reveal().hasSuffix(secret))
  }

  private static func replies(_ said: String) -> [Reply] {
    let bytes = Array(said.utf8)
    var quoted = JSONWriter()
    quoted.object { $0.member("error", said) }
    return [
      .http(HTTPReply(status: 400, fields: [("x-said", said)], body: bytes)),
      .http(HTTPReply(status: 200, body: quoted.bytes)),
      .mail(MailReply(code: 550, text: said)), .mail(MailReply(code: 250, text: said, accepted: ["b@example.com"])),
      .process(ProcessReply(.exited(1), output: bytes, errors: bytes)),
      .process(ProcessReply(.exited(0), output: quoted.bytes)),
      .failed(TransportFailure(.other, said)),
    ]
  }

  private static func alerts(_ said: String) -> [UInt8] {
    var writer = JSONWriter()
    writer.array([said]) { writer, said in
      writer.object {
        $0.member("id", said)
        $0.member("title", said)
        $0.member("detail", said)
      }
    }
    return writer.bytes
  }

  private static func read(_ text: String, _ secret: String) throws -> Configuration {
    try Configuration.parse(text, environment: ["S": secret], folder: "/srv/belfry")
  }

  private static let programs = """
    {"channels": {"program": {"kind": "exec", "command": "/bin/page", "environment": {"KEY": "${S}"}}},
     "routes": [{"to": "program"}],
     "sources": {"program": {"kind": "exec", "command": "/bin/alerts", "environment": {"KEY": "${S}"}}}}
    """

  private static let everything = """
    {"channels": {
       "program": {"kind": "exec", "command": "/bin/page", "environment": {"KEY": "${S}"}},
       "slack": {"kind": "slack-dm", "token": "${S}", "user": "U012ABCDEF"},
       "mail": {"kind": "smtp", "server": "smtps://mail.example.com", "username": "belfry", "password": "${S}",
                "from": "a@example.com", "to": "b@example.com"},
       "hook": {"kind": "webhook", "url": "https://example.com/hook", "headers": {"Authorization": "Bearer ${S}"},
                "body": {"key": "${S}", "title": "{{title}}"}}},
     "routes": [{"to": ["program", "slack", "mail", "hook"]}],
     "sources": {
       "program": {"kind": "exec", "command": ["/bin/alerts", "${S}"], "environment": {"KEY": "${S}"}},
       "prom": {"kind": "prometheus", "url": "https://prom.example.com", "token": "${S}"},
       "am": {"kind": "alertmanager", "url": "https://am.example.com", "username": "u", "password": "${S}"}}}
    """

  private static let addresses = """
    {"channels": {"program": {"kind": "exec", "command": "/bin/page"}}, "routes": [{"to": "program"}],
     "pulse": {"url": "https://watch.example.com/ping/${S}"},
     "sources": {
       "program": {"kind": "exec", "command": ["/opt/${S}/alerts", "--now", "--key=${S}"]},
       "probe": {"kind": "probe", "http": "https://example.com/health/${S}", "unhealthy": {"after": 1}},
       "prom": {"kind": "prometheus", "url": "https://example.com/${S}/"},
       "am": {"kind": "alertmanager", "url": "https://example.com/${S}"}}}
    """
}
