// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Testing

@testable import BelfryServer

@Suite("Signing in to the cockpit")
struct LoginTests {
  private static let tokens = AccessTests.tokens.replacing("0.0.0.0:9093", with: "127.0.0.1:0")

  private func signIn(_ token: String, _ server: TestServer, origin: String? = nil) async throws -> RawAnswer {
    var headers = CockpitTests.form
    headers["Origin"] = origin
    return try await server.send("POST", "/login", "token=\(token)", headers: headers)
  }

  /// The headers that a browser sends after signing in.
  private func cookie(_ token: String, _ server: TestServer) async throws -> String {
    let answer = try await signIn(token, server)
    #expect(answer.status == 303)
    #expect(answer.headers["location"] == "/")
    let set = try #require(answer.headers["set-cookie"])
    #expect(set.hasSuffix("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"))
    #expect(!set.contains(token))
    return String(set.prefix { $0 != ";" })
  }

  private func status(_ server: TestServer, _ path: String, cookie: String) async throws -> Int {
    try await server.send("GET", path, headers: ["Cookie": "other=1; \(cookie)"]).status
  }

  @Test("is offered to a browser without a session; a program gets the reason")
  func entry() async throws {
    try await TestServer.run(Self.tokens) { server in
      let browser = try await server.send("GET", "/", headers: ["Accept": "text/html,*/*"])
      #expect(browser.status == 303)
      #expect(browser.headers["location"] == "/login")
      #expect(try await server.send("GET", "/").status == 401)
      #expect(try await server.send("GET", "/api/v2/alerts", headers: ["Accept": "text/html"]).status == 401)
      let form = try await server.send("GET", "/login")
      #expect(form.status == 200)
      #expect(form.body.contains("type=\"password\""))
      #expect(form.headers["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
      for file in ["/cockpit.css", "/cockpit.js"] { #expect(try await server.send("GET", file).status == 200) }
    }
  }

  @Test("with a token uses its name and scopes, and the session opens only the cockpit")
  func session() async throws {
    try await TestServer.run(Self.tokens) { server in
      let push = ["Authorization": "Bearer push-0123456789abcdef"]
      #expect(
        try await server.send("POST", "/api/v2/alerts", "[\(PushRequestTests.disk)]", headers: push).status == 200
      )
      let cookie = try await cookie("all-0123456789abcdef", server)
      let page = try await server.send("GET", "/", headers: ["Cookie": cookie])
      #expect(page.status == 200)
      #expect(page.body.contains("Sign out"))
      #expect(try await status(server, "/api/v2/alerts", cookie: cookie) == 401)
      let marker = "name=\"seal\" value=\""
      let start = try #require(page.body.firstRange(of: marker))
      let seal = page.body[start.upperBound...].prefix { $0 != "\"" }
      let active = try await server.active()
      let record = try #require(active.first)
      let fields = "source=push&id=\(record.alert.id)&seal=\(seal)"
      let headers = CockpitTests.form.merging(["Cookie": cookie]) { $1 }
      #expect(try await server.send("POST", "/cockpit/ack", fields, headers: headers).status == 303)
      let after = try await server.active()
      #expect(after.first?.acknowledgement?.by == "ann")
      await server.audit.flush()
      for action in ["login", "ack"] {
        #expect(
          server.rows.all.contains {
            $0.contains("\"action\":\"\(action)\"") && $0.contains("\"by\":\"ann\",\"via\":\"cockpit\"")
          }
        )
      }
      let reader = try await self.cookie("read-0123456789abcdef", server)
      let readers = CockpitTests.form.merging(["Cookie": reader]) { $1 }
      #expect(try await server.send("POST", "/cockpit/ack", fields, headers: readers).status == 403)
    }
  }

  @Test("fails with a wrong token, and from another site's page")
  func wrong() async throws {
    try await TestServer.run(Self.tokens) { server in
      for token in ["", "wrong", "all-0123456789abcde"] {
        let answer = try await signIn(token, server)
        #expect(answer.status == 403)
        #expect(answer.headers["set-cookie"] == nil)
        #expect(answer.body.contains("Unknown token."))
      }
      let foreign = try await signIn("all-0123456789abcdef", server, origin: "https://evil.example.com")
      #expect(foreign.status == 403)
      #expect(foreign.headers["set-cookie"] == nil)
    }
  }

  @Test("fails with a token that may not read, with the reason")
  func pushOnly() async throws {
    try await TestServer.run(Self.tokens) { server in
      let answer = try await signIn("push-0123456789abcdef", server)
      #expect(answer.status == 403)
      #expect(answer.headers["set-cookie"] == nil)
      #expect(answer.body.contains("does not have the scope read"))
    }
  }

  @Test("can be undone with any session, even if its token is gone or may no longer read")
  func out() async throws {
    try await TestServer.run(Self.tokens) { server async throws in
      for cookie in ["belfry_session=", "belfry_session=1.2.3", ""] {
        let answer = try await server.send("POST", "/logout", headers: ["Cookie": cookie])
        #expect(answer.status == 303)
        #expect(answer.headers["set-cookie"]?.hasPrefix("belfry_session=; Path=/; Max-Age=0;") == true)
      }
      let foreign = ["Origin": "https://evil.example.com"]
      #expect(try await server.send("POST", "/logout", headers: foreign).status == 403)
    }
  }

  @Test("lasts twelve hours, or until someone signs out")
  func end() async throws {
    let sessions = Sessions()
    let now = Instant(seconds: 1_000_000)
    let cookie = String(sessions.begin(for: "ann", at: now).prefix { $0 != ";" })
    #expect(sessions.name(in: cookie, at: now + .seconds(12 * 3600 - 1)) == "ann")
    #expect(sessions.name(in: cookie, at: now + .seconds(12 * 3600)) == nil)
    try await TestServer.run(Self.tokens) { server in
      let cookie = try await self.cookie("read-0123456789abcdef", server)
      let out = try await server.send("POST", "/logout", headers: ["Cookie": cookie])
      #expect(out.status == 303)
      #expect(out.headers["set-cookie"]?.hasPrefix("belfry_session=; Path=/; Max-Age=0;") == true)
    }
  }

  @Test("is not proven by a cookie that was changed, or signed by another process")
  func forgery() {
    let sessions = Sessions()
    let now = Instant(seconds: 1_000_000)
    let cookie = String(sessions.begin(for: "ann", at: now).prefix { $0 != ";" })
    #expect(sessions.name(in: "a=b; \(cookie)", at: now) == "ann")
    for index in cookie.indices where cookie[index] != "." {
      var changed = cookie
      changed.replaceSubrange(index...index, with: cookie[index] == "0" ? "1" : "0")
      #expect(sessions.name(in: changed, at: now) == nil, "\(changed)")
    }
    #expect(sessions.name(in: cookie + "0", at: now) == nil)
    #expect(sessions.name(in: String(cookie.dropLast()), at: now) == nil)
    #expect(Sessions().name(in: cookie, at: now) == nil)
    #expect(sessions.name(in: nil, at: now) == nil)
  }
}
