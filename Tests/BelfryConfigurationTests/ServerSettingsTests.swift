// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfrySources
import BelfryTestKit
import Testing

@Suite("The server in channels.json")
struct ServerSettingsTests {
  private func read(_ server: String) -> (configuration: Configuration?, findings: [String]) {
    let text = """
      {"channels": {"a": {"kind": "test", "token": "${LONG}", "to": "x"}}, "routes": [{"to": "a"}],
      "server": \(server)}
      """
    let environment = ["LONG": "0123456789abcdef", "OTHER": "fedcba9876543210", "SHORT": "0123456789abcde"]
    let reader = ConfigurationReader(registry: TestChannel.registry, sources: .builtIn, environment: environment)
    let source = SourceText(name: "c.json", bytes: Array(text.utf8))
    let (configuration, findings) = reader.read(source, folder: "/nowhere")
    return (configuration, findings.map(\.text))
  }

  @Test("is off by default")
  func off() throws {
    #expect(try Configuration.reading(#"{"routes": [{"to": ["pager", "mail", "journal"]}]}"#).server == nil)
  }

  @Test("needs only an address on loopback")
  func loopback() throws {
    let server = try #require(read(#"{"listen": "127.0.0.1:9093"}"#).configuration?.server)
    #expect(server.listen == ListenAddress(host: "127.0.0.1", port: 9093))
    #expect(server.tokens.isEmpty)
    #expect(server.resolveTimeout.duration == .seconds(300))
    #expect(server.url.isEmpty)
    #expect(server.linkLifetime.duration == .seconds(86_400))
    #expect(server.maxBody.value == 8_000_000)
    #expect(server.maxConnections.value == 500)
    #expect(server.requestTimeout.duration == .seconds(30))
  }

  @Test("may be the only key")
  func whole() throws {
    let (configuration, findings) = read(
      """
      {"listen": "[::]:9093", "hosts": ["belfry.example.com"], "resolve_timeout": "10m", "max_body": "2MB", "note": "n",
       "max_connections": 20, "request_timeout": "5s", "tls": {"certificate": "tls/s.pem", "key": "/etc/s.key"},
       "tokens": [{"name": "p", "secret": "${LONG}", "scopes": ["push", "read"], "note": "n"},
                  {"name": "ann", "secret": "${OTHER}", "scopes": "operate"}]}
      """
    )
    #expect(findings == [])
    let server = try #require(configuration?.server)
    #expect(server.listen.text == "[::]:9093")
    #expect(server.maxConnections.value == 20)
    #expect(server.requestTimeout.duration == .seconds(5))
    #expect(server.tls?.certificate.value.text == "/nowhere/tls/s.pem")
    #expect(server.tls?.key.value.text == "/etc/s.key")
    #expect(server.tokens.map(\.name) == ["p", "ann"])
    #expect(server.tokens.map(\.scopes) == [[.push, .read], [.operate]])
  }

  @Test(
    "is rejected with its line and a remedy if it is invalid",
    arguments: [
      ("{}", "`listen` is missing"),
      (#"{"listen": "0.0.0.0:9093"}"#, "other machines can reach 0.0.0.0:9093, and no token is required."),
      (#"{"listen": "belfry.example.com:9093"}"#, "no token is required"),
      (#"{"listen": "127.0.0.1"}"#, "has no port"), (#"{"listen": ":9093"}"#, "the host is missing"),
      (#"{"listen": "127.0.0.1:99999"}"#, "has no port in 0…65535"),
      (#"{"listen": "[::1:9093"}"#, "is not an IPv6 address"),
      (#"{"listen": "127.0.0.1:9093", "token": []}"#, "unknown key"),
      (#"{"listen": "127.0.0.1:9093", "hosts": ["a:1"]}"#, "is not a host name"),
      (#"{"listen": "127.0.0.1:9093", "tls": {"certificate": "s.pem"}}"#, "`key` is missing"),
      (#"{"listen": "127.0.0.1:9093", "tls": {"certificate": "s.pem", "key": ""}}"#, "it is empty"),
      (#"{"listen": "127.0.0.1:9093", "url": "belfry.example.com"}"#, "is not an absolute http or https URL"),
      (#"{"listen": "127.0.0.1:9093", "url": "https://example.com/belfry"}"#, "it has a path"),
      (#"{"listen": "127.0.0.1:9093", "url": "https://example.com/?a=b"}"#, "a query or a fragment"),
      (
        #"{"listen": "127.0.0.1:9093", "url": "https://example.com", "link_lifetime": "721h"}"#,
        "for longer than 30 days"
      ),
      (
        #"{"listen": "127.0.0.1:9093", "tokens": [{"name": "a", "secret": "${SHORT}", "scopes": "read"}]}"#,
        "it has fewer than 16 bytes"
      ),
      (
        #"{"listen": "127.0.0.1:9093", "tokens": [{"name": "a", "secret": "${LONG}", "scopes": "write"}]}"#,
        "\"write\" is not allowed here"
      ),
      (#"{"listen": "127.0.0.1:9093", "tokens": [{"name": "a", "secret": "${LONG}"}]}"#, "`scopes` is missing"),
      (
        #"{"listen": "127.0.0.1:9093", "tokens": [{"name": "a", "secret": "${LONG}", "scopes": []}]}"#,
        "the list is empty"
      ),
      (
        """
        {"listen": "127.0.0.1:9093", "tokens": [{"name": "a", "secret": "${LONG}", "scopes": "read"},
        {"name": "a", "secret": "${OTHER}", "scopes": "read"}]}
        """,
        "the name \"a\" is used twice"
      ),
      (
        """
        {"listen": "127.0.0.1:9093", "tokens": [{"name": "a", "secret": "${LONG}", "scopes": "read"},
        {"name": "b", "secret": "${LONG}", "scopes": "read"}]}
        """,
        "another token has the same secret"
      ),
    ]
  )
  func mistakes(server: String, message: String) {
    let (configuration, findings) = read(server)
    #expect(configuration == nil)
    #expect(findings.contains { $0.contains("error") && $0.contains(message) }, "\(findings)")
    #expect(findings.allSatisfy { !$0.contains("0123456789abcde") })
  }

  @Test(
    "is warned about if its public address is of little use",
    arguments: [
      (#""url": "http://belfry.example.com""#, "links and sessions would be sent unencrypted"),
      (#""link_lifetime": "1h""#, "messages contain no links"),
      (
        #""url": "http://127.0.0.1:9093", "tls": {"certificate": "s.pem", "key": "s.key"}"#,
        "the server uses TLS, but this address does not"
      ),
      (#""url": "http://127.0.0.1:9093/", "link_lifetime": "720h""#, nil),
      (#""url": "https://[2001:db8::1]:8443""#, nil),
    ] as [(String, String?)]
  )
  func address(keys: String, warning: String?) throws {
    let (configuration, findings) = read(#"{"listen": "127.0.0.1:9093", \#(keys)}"#)
    #expect(configuration?.server != nil, "\(findings)")
    #expect(findings.allSatisfy { $0.contains("warning") && $0.contains(warning ?? "\n") }, "\(findings)")
    #expect(findings.count == (warning == nil ? 0 : 1))
  }

  @Test(
    "is warned about if tokens cross a network in clear, unless it or its proxy uses TLS",
    arguments: [
      ("", true), (#""url": "http://127.0.0.1","#, true), (#""url": "https://belfry.example.com","#, false),
      (#""tls": {"certificate": "s.pem", "key": "s.key"},"#, false),
    ]
  )
  func clear(keys: String, isWarned: Bool) {
    let tokens = #""tokens": [{"name": "a", "secret": "${LONG}", "scopes": "read"}]"#
    let (configuration, findings) = read(#"{"listen": "0.0.0.0:9093", \#(keys) \#(tokens)}"#)
    #expect(configuration?.server != nil)
    #expect(findings.contains { $0.contains("warning: server.listen: tokens are sent unencrypted.") } == isWarned)
    #expect(findings.count == (isWarned ? 1 : 0), "\(findings)")
  }

  @Test("is warned about if a secret is in the file, which is never shown")
  func literal() throws {
    let (configuration, findings) = read(
      #"{"listen": "127.0.0.1:9093", "tokens": [{"name": "a", "secret": "written-in-the-file", "scopes": "read"}]}"#
    )
    #expect(findings.count == 1)
    #expect(
      findings.allSatisfy { $0.contains("warning: server.tokens[0].secret") && !$0.contains("written-in-the-file") }
    )
    #expect(!String(describing: try #require(configuration?.server)).contains("written-in-the-file"))
  }
}
