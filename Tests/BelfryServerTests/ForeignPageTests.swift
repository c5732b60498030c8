// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTestKit
import BelfryTesting
import Testing

@testable import BelfryServer

/// The requests that another site's page can make a browser send, and those of programs that are not browsers.
@Suite("Callers from other sites", .endsIfItHangs)
struct ForeignPageTests {
  /// A request in the form of one kind of client.
  struct Client: Sendable, CustomTestStringConvertible {
    let name: String
    let headers: [String: String]
    var testDescription: String { name }
  }

  private static let paths = [
    ("GET", "/api/v2/alerts"), ("GET", "/api/v2/status"), ("GET", "/api/v2/alerts/groups"), ("GET", "/"),
    ("GET", "/events"),
    ("GET", "/metrics"), ("POST", "/api/v2/alerts"), ("POST", "/api/v2/silences"), ("POST", "/-/reload"),
    ("POST", "/mcp"),
    ("POST", "/cockpit/ack"), ("POST", "/logout"), ("OPTIONS", "/api/v2/silences"), ("DELETE", "/api/v2/silence/x"),
  ]

  @Test(
    "are refused whatever a browser's page asks for, and no answer lets it read anything",
    arguments: [
      Client(name: "a page", headers: ["Origin": "https://evil.example.com"]),
      Client(name: "a page of another port", headers: ["Origin": "http://127.0.0.1:1"]),
      Client(name: "a sandboxed page", headers: ["Origin": "null"]),
      Client(name: "a file", headers: ["Origin": "file://"]),
      Client(
        name: "a preflight",
        headers: ["Origin": "https://evil.example.com", "Access-Control-Request-Method": "POST"]
      ),
      Client(name: "a page whose name leads here", headers: ["Host": "evil.example.com"]),
      Client(
        name: "a page whose name leads here, to itself",
        headers: ["Host": "evil.example.com", "Origin": "http://evil.example.com"]
      ),
    ]
  )
  func pages(client: Client) async throws {
    try await TestServer.run { server async throws in
      for (method, path) in Self.paths {
        let answer = try await server.send(method, path, headers: client.headers)
        #expect(answer.status == 403, "\(method) \(path)")
        #expect(!answer.headers.keys.contains { $0.hasPrefix("access-control-") })
      }
    }
  }

  @Test(
    "are served if they are programs: karma's proxy, health checks, Prometheus, curl",
    arguments: [
      Client(name: "karma's server", headers: ["User-Agent": "karma/0.121", "Accept-Encoding": "gzip"]),
      Client(
        name: "a proxy that names its client",
        headers: ["X-Forwarded-For": "203.0.113.7", "X-Forwarded-Host": "k"]
      ),
      Client(name: "a health check", headers: ["User-Agent": "kube-probe/1.30", "Accept": "*/*"]),
      Client(name: "Prometheus", headers: ["User-Agent": "Prometheus/2.53", "Host": "localhost"]),
      Client(name: "curl by another loopback name", headers: ["Host": "[::1]:9093"]),
      Client(name: "a page of its own", headers: [:]),
    ]
  )
  func programs(client: Client) async throws {
    try await TestServer.run { server async throws in
      for path in ["/api/v2/status", "/api/v2/alerts/groups", "/api/v2/silences", "/-/healthy", "/-/ready"] {
        for method in ["GET", "HEAD"] {
          #expect(try await server.send(method, path, headers: client.headers).status == 200, "\(method) \(path)")
        }
      }
      var headers = client.headers
      headers["Content-Type"] = "application/json"
      #expect(
        try await server.send("POST", "/api/v2/alerts", "[\(PushRequestTests.disk)]", headers: headers).status == 200
      )
      headers["Origin"] = client.headers["Host"] == nil ? "http://127.0.0.1:\(server.port)" : nil
      #expect(
        try await server.send("POST", "/api/v2/alerts", "[\(PushRequestTests.disk)]", headers: headers).status == 200
      )
    }
  }
}
