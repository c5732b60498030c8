// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Testing
@testable import BelfryServer

@Suite("The cockpit")
struct CockpitTests {
  static let hostile =
    #"{"labels":{"alertname":"<script>alert(1)</script>","severity":"critical"},"annotations":{"summary":"\"><img src=x onerror='x'>"}}"#
  static let form = ["Content-Type": "application/x-www-form-urlencoded"]

  /// The seal of a page's forms.
  private func seal(_ page: String) throws -> String {
    let marker = "name=\"seal\" value=\""
    let start = try #require(page.firstRange(of: marker))
    return String(page[start.upperBound...].prefix { $0 != "\"" })
  }

  private func page(_ server: TestServer, _ path: String = "/", token: String? = nil) async throws -> RawAnswer {
    try await server.send("GET", path, headers: token.map { ["Authorization": "Bearer \($0)"] } ?? [:])
  }

  private func press(
    _ action: String,
    _ fields: String,
    _ server: TestServer,
    headers: [String: String] = [:]
  ) async throws -> RawAnswer {
    let all = CockpitTests.form.merging(headers) { $1 }
    return try await server.send("POST", "/cockpit/\(action)", fields, headers: all)
  }

  private func pushed(_ alert: String, _ server: TestServer) async throws -> AlertRecord {
    #expect(try await server.send("POST", "/api/v2/alerts", "[\(alert)]").status == 200)
    let active = try await server.active()
    return try #require(active.first)
  }

  private func key(_ record: AlertRecord) -> String { "source=\(record.alert.source)&id=\(record.alert.id)" }

  @Test("loads nothing from other sites and runs no inline script")
  func policy() async throws {
    try await TestServer.run { server in
      for path in ["/", "/cockpit/now", "/cockpit.css", "/cockpit.js"] {
        let answer = try await page(server, path)
        #expect(answer.status == 200, "\(path)")
        let policy = try #require(answer.headers["content-security-policy"])
        #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'"))
        #expect(!policy.contains("unsafe"))
        #expect(answer.headers["x-content-type-options"] == "nosniff")
      }
    }
  }

  @Test("shows investigations if there are any")
  func wake() async throws {
    try await TestServer.run { server in
      let body = try await page(server).body
      #expect(!body.contains("Investigations"))
    }
    try await TestServer.run(more: #", "wake": {"to": "page"}"#) { server in
      let body = try await page(server).body
      #expect(body.contains("<h2>Investigations</h2><ul><li><p>the audit log has not been read yet"))
    }
  }

  @Test("shows an alert's text as text")
  func escaping() async throws {
    try await TestServer.run { server in
      _ = try await pushed(CockpitTests.hostile, server)
      let body = try await page(server).body
      #expect(body.contains("&lt;img src=x onerror=&#39;x&#39;&gt;"))
      #expect(!body.contains("<img"))
      #expect(!body.contains("<script>"))
    }
  }

  @Test("shows an alert as waiting until its message arrived, and then as sent")
  func standing() async throws {
    try await TestServer.run { server in
      _ = try await pushed(PushRequestTests.disk, server)
      #expect(try await page(server).body.contains(">waiting<"))
      #expect(try await server.delivered() == 1)
      #expect(try await page(server).body.contains(">sent<"))
    }
  }

  @Test("acknowledges with a button, in the caller's name")
  func acknowledge() async throws {
    try await TestServer.run { server in
      let record = try await pushed(PushRequestTests.disk, server)
      let seal = try seal(try await page(server).body)
      let answer = try await press("ack", "\(key(record))&seal=\(seal)", server)
      #expect(answer.status == 303)
      #expect(answer.headers["location"] == "/")
      let after = try await server.active()
      #expect(after.first?.acknowledgement?.by == "local")
      #expect(try await page(server).body.contains("Acknowledged by local"))
      #expect(await audited("ack", record.alert.key.description, server))
    }
  }

  @Test("silences the alert's category with a button, and ends that with another")
  func silence() async throws {
    try await TestServer.run { server in
      let record = try await pushed(PushRequestTests.disk, server)
      let seal = try seal(try await page(server).body)
      #expect(try await press("silence", "\(key(record))&seal=\(seal)", server).status == 303)
      let silences = try await server.ledger.silences()
      let silence = try #require(silences.first)
      var memo = MatchMemo()
      #expect(silence.matcher.matches(record.alert, memo: &memo))
      var other = record.alert
      other.category = "another"
      #expect(!silence.matcher.matches(other, memo: &memo))
      #expect(await audited("silence.add", silence.id.text, server))
      #expect(try await press("unsilence", "id=\(silence.id)&seal=\(seal)", server).status == 303)
      let left = try await server.ledger.silences()
      #expect(left.isEmpty)
      #expect(await audited("silence.end", silence.id.text, server))
    }
  }

  @Test("silences with a form what it names, and never everything")
  func silenceForm() async throws {
    try await TestServer.run { server in
      let record = try await pushed(PushRequestTests.disk, server)
      let seal = try seal(try await page(server).body)
      let wanted = "severity=critical&label=instance%3Ddb1&for=14400&comment=deploy&seal=\(seal)"
      #expect(try await press("silence-these", wanted, server).status == 303)
      let silences = try await server.ledger.silences()
      let silence = try #require(silences.first)
      #expect(silence.until == server.time.now() + .seconds(14_400))
      #expect(silence.author == "local" && silence.comment == "deploy")
      var memo = MatchMemo()
      #expect(silence.matcher.matches(record.alert, memo: &memo))
      var other = record.alert
      other.severity = .warning
      #expect(!silence.matcher.matches(other, memo: &memo))
      #expect(await audited("silence.add", silence.id.text, server))
      for fields in ["for=3600", "source=&category=+&for=3600", "category=x&for=1", "label=x&for=3600"] {
        #expect(try await press("silence-these", "\(fields)&seal=\(seal)", server).status == 400, "\(fields)")
      }
      let after = try await server.ledger.silences()
      #expect(after.count == 1)
    }
  }

  @Test("explains an alert on its page, whatever its ID contains")
  func story() async throws {
    try await TestServer.run { server in
      let hostile =
        #"[{"id":"a/b?c=%2F+d&#é","severity":"critical","title":"<b>Bold</b>","generatorURL":"javascript:alert(1)","#
        + #""annotations":{"runbook_url":"https://wiki/\"><script>","note":"<i>n</i>"}}]"#
      #expect(try await server.send("POST", "/v1/alerts", hostile).status == 200)
      let active = try await server.active()
      let record = try #require(active.first)
      #expect(record.alert.id == "a/b?c=%2F+d&#é")
      let path = StoryPage.path(of: record.alert.key)
      #expect(try await page(server).body.contains("href=\"\(path)\""))
      let story = try await page(server, path)
      #expect(story.status == 200)
      #expect(story.body.contains("<h2>&lt;b&gt;Bold&lt;/b&gt;</h2>"))
      #expect(story.body.contains("notify critical → page"))
      #expect(story.body.contains("annotation note: &lt;i&gt;n&lt;/i&gt;"))
      #expect(
        story.body.contains("<a href=\"https://wiki/%22%3E%3Cscript%3E\" rel=\"noopener noreferrer\">runbook</a>")
      )
      #expect(!story.body.contains("javascript:"))
      #expect(try await page(server, "/alerts/push%2Fnone").status == 404)
      #expect(try await page(server, "/alerts/none").status == 404)
    }
  }

  @Test("refuses an alert's page if the ledger takes too long to read", arguments: [19, 20])
  func slowStory(seconds: Int) async throws {
    let ledger: @Sendable (VirtualTime) async throws -> any Ledger = { time in
      WatchedLedger(MemoryLedger(now: { time.now() })) { question in
        if question == "record(of:)" { time.advance(by: .seconds(seconds)) }
      }
    }
    try await TestServer.run(ledger: ledger) { server async throws in
      #expect(try await server.send("POST", "/v1/alerts", #"[{"id": "a", "title": "T"}]"#).status == 200)
      let record = try #require(try await server.active().first)
      let story = try await page(server, StoryPage.path(of: record.alert.key))
      #expect(story.status == (seconds < 20 ? 200 : 503))
      #expect(story.body.contains("belfry why") == (seconds >= 20))
    }
  }

  @Test("shows the configuration in force without the secrets in it")
  func configuration() async throws {
    let tokens = """
      {"listen": "127.0.0.1:0", "tokens": [
        {"name": "a", "secret": "${READ}", "scopes": "read"},
        {"name": "b", "secret": "written-\\"0123456789", "scopes": "read", "note": "kept"},
        {"name": "c", "secret": "${NONE:-also-written-0123456}", "scopes": "read"}]}
      """
    try await TestServer.run(tokens) { server in
      let body = try await page(server, "/config", token: "read-0123456789abcdef").body
      #expect(body.contains("&quot;secret&quot;: &quot;${READ}&quot;"))
      #expect(body.contains("&quot;secret&quot;: &quot;‹secret›&quot;, &quot;scopes&quot;"))
      #expect(body.contains("&quot;note&quot;: &quot;kept&quot;"))
      #expect(!body.contains("written-") && !body.contains("0123456"))
    }
  }

  @Test("shows the last messages with their results")
  func messages() async throws {
    try await TestServer.run { server in
      _ = try await pushed(PushRequestTests.disk, server)
      #expect(try await page(server).body.contains("page · pending"))
      #expect(try await server.delivered() == 1)
      #expect(try await page(server).body.contains("page · delivered"))
    }
  }

  @Test("ignores a form without the seal, with a wrong one, or from another site's page")
  func forgery() async throws {
    try await TestServer.run { server in
      let record = try await pushed(PushRequestTests.disk, server)
      let seal = try seal(try await page(server).body)
      #expect(try await press("ack", key(record), server).status == 403)
      #expect(try await press("ack", "\(key(record))&seal=\(String(seal.reversed()))x", server).status == 403)
      let foreign = ["Origin": "https://evil.example.com"]
      #expect(try await press("ack", "\(key(record))&seal=\(seal)", server, headers: foreign).status == 403)
      let after = try await server.active()
      #expect(after.first?.acknowledgement == nil)
    }
  }

  @Test("shows read-only callers no buttons and refuses theirs; another caller's seal does not fit")
  func scopes() async throws {
    let tokens = AccessTests.tokens.replacing("0.0.0.0:9093", with: "127.0.0.1:0")
    try await TestServer.run(tokens) { server in
      let push = ["Authorization": "Bearer push-0123456789abcdef"]
      #expect(
        try await server.send("POST", "/api/v2/alerts", "[\(PushRequestTests.disk)]", headers: push).status == 200
      )
      let active = try await server.active()
      let record = try #require(active.first)
      #expect(try await page(server).status == 401)
      let read = try await page(server, token: "read-0123456789abcdef")
      #expect(read.status == 200)
      #expect(!read.body.contains("<form"))
      let seal = try seal(try await page(server, token: "all-0123456789abcdef").body)
      let reader = ["Authorization": "Bearer read-0123456789abcdef"]
      let operating = ["Authorization": "Bearer all-0123456789abcdef"]
      #expect(try await press("ack", "\(key(record))&seal=\(seal)", server, headers: reader).status == 403)
      #expect(try await press("ack", "\(key(record))&seal=\(seal)", server).status == 401)
      #expect(try await press("ack", "\(key(record))&seal=\(seal)", server, headers: operating).status == 303)
      let after = try await server.active()
      #expect(after.first?.acknowledgement?.by == "ann")
    }
  }

  /// Raises an alert whose message is given up.
  private func deadLetter(_ server: TestServer) async throws -> DeliveryRecord {
    let alert = Alert(source: "push", id: "disk", severity: .critical, category: "disk", title: "Full", detail: "")
    let lease = LeaseTerms(count: 1, duration: .seconds(60))
    let ingested = try await server.ledger.ingest([.fired(alert)], policy: server.context.policy, lease: lease)
    let first = try #require(ingested.leased.first)
    let reason = Verdict.Reason("gone", "<b>Nobody is there.</b>")
    let settlement = Settlement(id: first.delivery.id, token: first.token, result: .dead(because: reason))
    #expect(try await server.ledger.settle([settlement]) == [true])
    let letters = try await server.ledger.deadLetters(limit: 9)
    return try #require(letters.first)
  }

  private func audited(_ action: String, _ subject: String, _ server: TestServer) async -> Bool {
    await server.audit.flush()
    return server.rows.all.contains { row in
      [#""action":"\#(action)""#, #""subject":"\#(subject)""#, #""by":"local","via":"cockpit""#].allSatisfy {
        row.contains($0)
      }
    }
  }

  @Test("does not retry a dead letter of an alert that has resolved, and says why")
  func outdated() async throws {
    try await TestServer.run { server in
      let letter = try await deadLetter(server)
      let keys = letter.delivery.content.alerts.map(\.key)
      _ = try await server.ledger.ingest(
        keys.map { .resolved($0) },
        policy: server.context.policy,
        lease: nil
      )
      let seal = try seal(try await page(server).body)
      #expect(try await press("retry", "id=\(letter.delivery.id)&seal=\(seal)", server).status == 303)
      let after = try await page(server).body
      #expect(!after.contains("/cockpit/retry"))
      #expect(after.contains("It has resolved, so this is not sent any more."))
      #expect(try await server.ledger.delivery(letter.delivery.id)?.status == .withdrawn)
    }
  }

  @Test("retries a dead letter with a button")
  func retry() async throws {
    try await TestServer.run { server in
      let letter = try await deadLetter(server)
      let body = try await page(server).body
      #expect(body.contains("&lt;b&gt;Nobody is there.&lt;/b&gt;"))
      #expect(body.contains(">not delivered<"))
      let seal = try seal(body)
      #expect(try await press("retry", "id=\(letter.delivery.id)&seal=\(seal)", server).status == 303)
      #expect(try await server.delivered() == 1)
      let after = try await page(server).body
      #expect(!after.contains("/cockpit/retry"))
      #expect(after.contains(">sent<"))
      #expect(await audited("dead.retry", letter.delivery.id.text, server))
      // It is no longer a dead letter.
      #expect(try await press("retry", "id=\(letter.delivery.id)&seal=\(seal)", server).status == 404)
    }
  }

  @Test("discards a dead letter with a button, which is then never sent")
  func drop() async throws {
    try await TestServer.run { server in
      let letter = try await deadLetter(server)
      let seal = try seal(try await page(server).body)
      #expect(try await press("drop", "id=\(letter.delivery.id)&seal=\(seal)", server).status == 303)
      #expect(try await server.delivered() == 0)
      let dropped = try await server.ledger.delivery(letter.delivery.id)
      #expect(dropped?.status == .dropped)
      #expect(try await page(server).body.contains("/cockpit/drop") == false)
      #expect(await audited("dead.drop", letter.delivery.id.text, server))
    }
  }

  @Test("names what is missing: a button, an alert, a silence, a dead letter")
  func unknown() async throws {
    try await TestServer.run { server in
      _ = try await pushed(PushRequestTests.disk, server)
      let seal = try seal(try await page(server).body)
      for action in ["explode", "ack", "silence", "unsilence", "retry", "drop"] {
        let answer = try await press(action, "source=push&id=none&seal=\(seal)", server)
        #expect(answer.status == 404, "\(action)")
      }
      #expect(await audited("dead.retry", "none", server))
    }
  }

  @Test("draws the last day hour by hour, with a table, and shows dead letters")
  func hours() async throws {
    try await TestServer.run { server in
      #expect(try await page(server).body.contains("No activity in the last 24 hours."))
      _ = try await deadLetter(server)
      server.time.advance(by: .seconds(3600))
      _ = try await pushed(PushRequestTests.disk, server)
      #expect(try await server.delivered() == 1)
      let body = try await page(server).body
      #expect(body.contains(#"aria-label="New alerts: 2, peak 1 per hour""#))
      #expect(body.contains(#"aria-label="Messages delivered: 1, and 1 failed, peak 1 per hour""#))
      let start = LedgerHour(of: server.time.now()).start
      let rows = [(start, "1", "1", "0"), (start - LedgerHour.length, "1", "0", "1")].map { hour, fired, sent, dead in
        let time = #"<time class="hour" datetime="\#(hour.iso8601)">"#
        let clock = "\(hour.iso8601.dropFirst(11).prefix(5))</time>"
        return "<tr><th scope=\"row\">\(time)\(clock)</th><td>\(fired)</td><td>\(sent)</td><td>\(dead)</td></tr>"
      }
      // Latest first.
      #expect(body.contains(rows.joined()))
      #expect(body.split(separator: "<g data-hour=").count == 2 * 24 + 1)
      #expect(body.split(separator: "class=\"bar lost\"").count == 2)
      server.time.advance(by: .seconds(23 * 3600))
      #expect(try await page(server).body.contains(#"aria-label="Messages delivered: 1, peak 1 per hour""#))
    }
  }
}
