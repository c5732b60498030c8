// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("An empty required secret", .endsIfItHangs)
struct MissingSecretTests {
  @Test("is the operator's failure, whatever the channel makes of it", arguments: CarelessSettings.Manner.allCases)
  func operatorsFailure(_ manner: CarelessSettings.Manner) async throws {
    let configuration = try Configuration.parse(
      """
      {"channels": {"pager": {"kind": "careless", "token": "${UNSET:-}", "manner": "\(manner.rawValue)"}},
       "routes": [{"to": "pager"}], "cooldown": "0s"}
      """,
      kinds: ChannelRegistry([CarelessChannel.self])
    )
    let environment = TestEnvironment(configuration) { _ in .http(HTTPReply(status: 200)) }
    let ingested = try await environment.dispatcher.ingest([.fired(alert("a"))], policy: environment.policy)
    try await environment.dispatcher.drain()
    let id = try #require(ingested.decisions.flatMap(\.decision.deliveries).first)
    #expect(try await environment.ledger.delivery(id)?.status == .pending)
    #expect(environment.dispatcher.circuits.map(\.channel) == ["pager"])
    #expect(environment.sent.isEmpty)
  }

  @Test("of a login is the operator's failure too")
  func login() async throws {
    let configuration = try Configuration.parse(
      """
      {"channels": {"hook": {"kind": "webhook", "url": "https://example.com/", "auth": {"kind": "bearer", "token": "${UNSET:-}"}}},
       "routes": [{"to": "hook"}], "cooldown": "0s"}
      """
    )
    let text = "`auth.token` of the channel hook is empty, because UNSET is not set."
    #expect(configuration.channels["hook"]?.gap == Uncomposable("no_secret", text, rejection: .operator))
    let environment = TestEnvironment(configuration) { _ in .http(HTTPReply(status: 200)) }
    _ = try await environment.dispatcher.ingest([.fired(alert("a"))], policy: environment.policy)
    try await environment.dispatcher.drain()
    #expect(environment.dispatcher.circuits.map(\.channel) == ["hook"])
    #expect(environment.sent.isEmpty)
  }

  @Test("is named with its key and its reference")
  func named() throws {
    let configuration = try Configuration.parse(
      """
      {"channels": {"pager": {"kind": "careless", "token": "${file:/run/token:-}", "manner": "sends"},
                    "other": {"kind": "careless", "token": "${TOKEN}", "manner": "sends"}},
       "routes": [{"to": ["pager", "other"]}]}
      """,
      kinds: ChannelRegistry([CarelessChannel.self])
    )
    let text = "`token` of the channel pager is empty, because file:/run/token is not set."
    #expect(configuration.channels["pager"]?.gap == Uncomposable("no_secret", text, rejection: .operator))
    #expect(configuration.channels["other"]?.gap == nil)
  }
}

struct CarelessSettings: ChannelSettings {
  enum Manner: String, FieldChoice, CaseIterable, Sendable {
    case sends
    case blames
  }

  var token = Secret()
  var manner = Manner.sends

  static let fields: [Field<Self>] = [
    .required("token", \.token, "The token."), .optional("manner", \.manner, "What it does without one."),
  ]
}

/// Sends without a token, or blames the recipient.
private struct CarelessChannel: NotificationChannel {
  static let kind: ChannelKind = "careless"
  private let settings: CarelessSettings

  init(name: ChannelName, settings: CarelessSettings) { self.settings = settings }

  func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing {
    if settings.manner == .blames { throw Uncomposable("no_recipient", "There is no token.") }
    return .http(HTTPExchange(url: "https://example.com/"))
  }

  func interpret(_ reply: Reply) -> Verdict { .delivered(Receipt()) }
}
