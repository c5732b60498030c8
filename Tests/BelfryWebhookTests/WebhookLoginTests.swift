// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import Testing

@testable import BelfryWebhook

@Suite("The login and the connection of a webhook")
struct WebhookLoginTests {
  private static let client = #""token_url": "https://login.example.com/token", "client_id": "belfry""#

  private static func contract(
    _ more: String,
    url: String = "https://example.com/hook",
    environment: [String: String] = [:]
  ) -> ChannelContract<WebhookChannel> {
    let settings = #"{ "url": "\#(url)", \#(more) }"#
    return ChannelContract(WebhookChannel.self, settings: settings, environment: environment)
  }

  private static func exchange(_ contract: ChannelContract<WebhookChannel>) throws -> HTTPExchange {
    guard case .http(let exchange) = try contract.channel().compose(ContractNotices.plain) else { throw NoExchange() }
    return exchange
  }

  private struct NoExchange: Error {}

  @Test(
    "keep the channel contract: nothing shows a secret",
    arguments: [
      #""auth": { "kind": "basic", "username": "u", "password": "b4sic-s3cret" }, "tls": { "ca": "ca.pem", "#
        + #""certificate": "c.pem", "key": "k.pem", "server_name": "hooks.example.com" }, "#
        + #""proxy": "http://proxy.example.com:3128""#,
      #""auth": { "kind": "refresh_token", \#(client), "refresh_token": "refr3sh-t0ken" }"#,
    ]
  )
  func contract(more: String) async throws { try await Self.contract(more).verify() }

  @Test("are in the request: a password or a token as a field, an access token as what the transport gets")
  func composed() throws {
    let basic = try Self.exchange(Self.contract(#""auth": { "kind": "basic", "username": "u", "password": "p" }"#))
    #expect(basic.fields.contains(.basicAuthorization("u", Secret("p"))))
    #expect(basic.grant == nil)
    let bearer = try Self.exchange(
      Self.contract(#""auth": { "kind": "bearer", "token": "${T}" }"#, environment: ["T": "t0k3n-0"])
    )
    #expect(bearer.fields.contains(HTTPField("Authorization", prefix: "Bearer ", secret: Secret("t0k3n-0"))))
    let granted = try Self.exchange(
      Self.contract(#""auth": { "kind": "client_credentials", \#(Self.client), "client_secret": "s", "scope": "a" }"#)
    )
    let client = OAuthClient(
      tokenURL: "https://login.example.com/token",
      id: "belfry",
      secret: Secret("s"),
      scope: "a"
    )
    #expect(granted.grant == .clientCredentials(client))
    #expect(!granted.fields.contains { $0.name == "Authorization" })
    let secured = try Self.exchange(
      Self.contract(
        #""tls": { "ca": "ca.pem", "certificate": "c.pem", "key": "k.pem", "server_name": "h.example.com" }"#
      )
    )
    #expect(secured.certificateAuthority?.hasSuffix("/ca.pem") == true)
    #expect(secured.clientCertificate?.certificate.hasSuffix("/c.pem") == true)
    #expect(secured.clientCertificate?.key.hasSuffix("/k.pem") == true)
    #expect(secured.serverName == "h.example.com")
    #expect(secured.addresses != nil)
    let proxied = try Self.exchange(Self.contract(#""proxy": "http://proxy.example.com:3128""#))
    #expect(proxied.proxy == .through(SealedText(shown: "http://proxy.example.com:3128")))
    #expect(proxied.addresses == nil)
    #expect(try Self.exchange(Self.contract(#""proxy": "none""#)).proxy == .direct)
  }

  @Test(
    "are errors where they contradict each other or would be read on the way",
    arguments: [
      (#""auth": { "kind": "bearer" }"#, "`token` is missing"),
      (#""auth": { "kind": "basic", "username": "a:b", "password": "p" }"#, "must not contain a colon"),
      (#""auth": { "kind": "basic", "username": "a", "password": "p", "token": "t" }"#, "does not use it"),
      (#""auth": { "kind": "digest" }"#, "is not allowed here"),
      (
        #""auth": { "kind": "bearer", "token": "t" }, "headers": { "Authorization": "x" }"#,
        "`auth` and the header field Authorization cannot be combined"
      ),
      (#""tls": {}"#, "it is empty"), (#""tls": { "certificate": "c.pem" }"#, "`key` is missing"),
      (#""tls": { "key": "c.pem" }"#, "`certificate` is missing"),
      (#""tls": { "server_name": "a b" }"#, "is not a host name"),
      (#""tls": { "ca": "a.pem" }, "ca": "b.pem""#, "`ca` and `tls.ca` cannot be combined"),
      (#""proxy": "proxy:3128""#, "is not an absolute http or https URL"),
      (#""proxy": "http://proxy.example.com/path""#, "has no path"),
      (#""proxy": "http://proxy.example.com", "allow_addresses": "10.0.0.0/8""#, "lists of addresses would not apply"),
    ]
  )
  func errors(more: String, message: String) {
    #expect { try Self.contract(more).channel() } throws: { "\($0)".contains(message) }
  }

  @Test("need an encrypted address")
  func clear() {
    let allowed = #", "allow_addresses": "10.0.0.1""#
    #expect {
      try Self.contract(#""auth": { "kind": "bearer", "token": "t" }"# + allowed, url: "http://10.0.0.1/").channel()
    } throws: {
      "\($0)".contains("the login would be sent unencrypted")
    }
    #expect {
      try Self.contract(#""tls": { "ca": "a.pem" }"# + allowed, url: "http://10.0.0.1/").channel()
    } throws: {
      "\($0)".contains("is not an https URL")
    }
  }

  @Test("through a proxy may go to a private address")
  func proxiedPrivate() throws {
    _ = try Self.contract(#""proxy": "http://proxy.example.com""#, url: "https://10.0.0.1/hook").channel()
    #expect {
      try Self.contract(#""proxy": "none""#, url: "https://10.0.0.1/hook").channel()
    } throws: {
      "\($0)".contains("is not a public internet address")
    }
  }
}
