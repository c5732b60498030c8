// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySMTP
import BelfryTesting
import Testing

@Suite("The access tokens of the mail channel")
struct AuthorizationTests {
  private static let client = #""token_url": "https://login.example.com/token", "client_id": "belfry""#

  private static func contract(_ auth: String, more: String = "") -> ChannelContract<SMTPChannel> {
    let rest = #""server": "smtp://h", "from": "a@example.com", "to": "b@example.com", "username": "u""#
    return ChannelContract(SMTPChannel.self, settings: "{ \(rest), \"auth\": \(auth)\(more) }")
  }

  @Test(
    "keep the channel contract: nothing shows them",
    arguments: [
      #"{ "kind": "client_credentials", \#(client), "client_secret": "cl1ent-s3cret", "scope": "mail" }"#,
      #"{ "kind": "refresh_token", \#(client), "refresh_token": "refr3sh-t0ken" }"#,
      #"{ "kind": "command", "command": ["gcloud", "auth", "print-access-token"] }"#,
    ]
  )
  func contract(auth: String) throws {
    try Self.contract(auth).verifySettings()
  }

  @Test("are requested as configured")
  func grant() throws {
    let auth =
      #"{ "kind": "client_credentials", \#(Self.client), "client_secret": "s", "scope": "mail", "ca": "ca.pem" }"#
    let client = OAuthClient(
      tokenURL: "https://login.example.com/token",
      id: "belfry",
      secret: Secret("s"),
      scope: "mail",
      certificateAuthority: "/srv/belfry/ca.pem"
    )
    let mail = try submission(Self.contract(auth), ContractNotices.plain)
    #expect(mail.server.credentials == MailServer.Credentials(username: "u", grant: .clientCredentials(client)))
  }

  @Test(
    "are rejected if they are unobtainable",
    arguments: [
      (#"{ "kind": "client_credentials", \#(client) }"#, "", "`client_secret` is missing"),
      (#"{ "kind": "refresh_token", \#(client) }"#, "", "`refresh_token` is missing"),
      (#"{ "kind": "command" }"#, "", "`command` is missing"),
      (#"{ "kind": "command", "command": "x", "scope": "y" }"#, "", "does not use it"),
      (#"{ "kind": "password" }"#, "", "is not allowed here"),
      (#"{ "kind": "command", "command": "x" }"#, #", "password": "p""#, "`auth` and `password` cannot be combined"),
      (
        #"{ "kind": "command", "command": "x" }"#, #", "security": "none""#,
        "access token would be sent unencrypted"
      ),
      (
        #"{ "kind": "refresh_token", "token_url": "http://login.example.com", "client_id": "x", "refresh_token": "y" }"#,
        "", "secrets would be sent unencrypted"
      ),
      (
        #"{ "kind": "refresh_token", "token_url": "login", "client_id": "x", "refresh_token": "y" }"#, "",
        "is not an absolute http or https URL"
      ),
    ]
  )
  func errors(auth: String, more: String, message: String) {
    #expect { try Self.contract(auth, more: more).channel() } throws: { "\($0)".contains(message) }
  }

  @Test("left empty by a variable send nothing")
  func gap() throws {
    let auth = #"{ "kind": "refresh_token", \#(Self.client), "refresh_token": "" }"#
    let channel = try Self.contract(auth).channel()
    #expect { try channel.compose(ContractNotices.plain) } throws: { "\($0)".contains("auth.refresh_token") }
  }
}
