// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import Synchronization
import Testing

@Suite("The channel contract")
struct ChannelContractTests {
  /// The flaw of the channel under test; none for a correct channel.
  enum Flaw: String, FieldChoice {
    case none, unstable, tokenInBody, tokenInField, openToken, injectable, notJSON, redirected, redelivered, impatient
    case hasty, echoing, careless, blaming
  }

  @Test(
    "finds the flaws of a channel",
    arguments: [
      (.unstable, "gives different bytes"), (.tokenInBody, "a secret appears in the body"),
      (.tokenInField, "a secret appears in the body"), (.openToken, "of the channel shows a secret"),
      (.injectable, "contains a control character"), (.notJSON, "not the JSON that it says it is"),
      (.redirected, "changes where the notice goes"), (.redelivered, "status 404 is judged as delivered"),
      (.impatient, "the Retry-After of a 429"), (.hasty, "status 503 is not retried"),
      (.echoing, "shows a secret"), (.careless, "throw Uncomposable"), (.blaming, "the recipient is blamed"),
    ] as [(Flaw, String)]
  )
  func flaws(flaw: Flaw, breach: String) async {
    let settings = #"{ "token": "t0p-s3cret", "flaw": "\#(flaw.rawValue)" }"#
    await #expect {
      try await ChannelContract(FlawedChannel.self, settings: settings).verify()
    } throws: {
      "\($0)".contains(breach)
    }
  }

  @Test("finds nothing in a correct channel")
  func flawless() async throws {
    try await ChannelContract(FlawedChannel.self, settings: #"{ "token": "t0p-s3cret" }"#).verify()
  }

  @Test(
    "does not start with invalid settings",
    arguments: ["{", "[]", "{}", #"{ "token": "x", "tokne": 1 }"#]
  )
  func settings(json: String) async {
    await #expect(throws: BrokenContract.self) {
      try await ChannelContract(FlawedChannel.self, settings: json).verify()
    }
  }
}

private struct FlawedSettings: ChannelSettings {
  var token = Secret()
  var flaw = ChannelContractTests.Flaw.none
  static let fields: [Field<Self>] = [
    .required("token", \.token, "The token."), .optional("flaw", \.flaw, "What is wrong with it."),
  ]
}

private struct FlawedChannel: NotificationChannel {
  static let kind: ChannelKind = "flawed"
  private static let count = Atomic(0)

  private let settings: FlawedSettings
  private let open: String
  private var flaw: ChannelContractTests.Flaw { settings.flaw }

  init(name: ChannelName, settings: FlawedSettings) {
    self.settings = settings
    open = settings.flaw == .openToken ? settings.token.reveal() : ""
  }

  func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing {
    guard !settings.token.isEmpty || flaw == .careless else {
      throw Uncomposable("no_token", "There is no token.", rejection: flaw == .blaming ? .target : .operator)
    }
    let title = notice.alerts.first?.title ?? ""
    var writer = JSONWriter()
    writer.string("\(notice.content.kind): \(notice.alerts.count): \(title)")
    var exchange = HTTPExchange(
      url: "https://example.com/",
      fields: [HTTPField("Content-Type", "application/json"), HTTPField("Authorization", secret: settings.token)],
      body: writer.bytes
    )
    switch flaw {
    case .unstable: exchange.body += Array("\(Self.count.add(1, ordering: .relaxed).newValue)".utf8)
    case .tokenInBody: exchange.body = Array("\"\(settings.token.reveal())\"".utf8)
    case .tokenInField: exchange.fields.append(HTTPField("X-Token", settings.token.reveal()))
    case .injectable: exchange.fields.append(HTTPField("X-Title", title))
    case .notJSON: exchange.body = Array("\"\(title)\"".utf8)
    case .redirected: exchange.url = title.isEmpty ? exchange.url : "https://\(title.utf8.count).example.com/"
    default: break
    }
    return .http(exchange)
  }

  func interpret(_ reply: Reply) -> Verdict {
    switch reply {
    case .http(let answer) where flaw == .redelivered && answer.status == 404: .delivered(Receipt())
    case .http(let answer) where flaw == .impatient && answer.status == 429: .retry(after: nil, because: .init("x", ""))
    case .http(let answer) where flaw == .hasty && answer.status == 503: .rejected(.target, because: .init("x", ""))
    case .http(let answer) where flaw == .echoing && answer.status == 400:
      .rejected(.payload, because: .init("x", String(decoding: answer.body, as: UTF8.self)))
    case .http(let answer): Verdict(answer)
    case .failed(let failure): Verdict(failure)
    case .mail, .appended, .process: .unexpected(reply)
    }
  }
}
