// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import Testing

@Suite("Kora's audit rows")
struct AuditParityTests {
  @Test("for an alert that was sent")
  func sent() async throws {
    let kora = try await Kora()
    try await kora.cycle(.kora("cost:1", .critical))
    let rows = await kora.rows()
    #expect(
      rows == [
        #"{"emitted_at":"2027-01-15T08:00:00Z","seam":"notification.dispatched","details":{"channel":"slack_dm","#
          + #""alert_id":"cost:1","severity":"critical","category":"cost_ladder","status":"ok"},"#
          + #""caller_session_id":null,"source":null}"#
      ]
    )
  }

  @Test("for a failed attempt, with a code and never a message")
  func failed() async throws {
    let kora = try await Kora { _ in .failed(TransportFailure(.notConnected, "xoxb-kora was refused")) }
    try await kora.cycle(.kora("a", .info))
    let rows = await kora.rows()
    #expect(
      rows == [
        #"{"emitted_at":"2027-01-15T08:00:00Z","seam":"notification.dispatched","details":{"channel":"email","#
          + #""alert_id":"a","severity":"info","category":"cost_ladder","status":"failed","error":"not_connected"},"#
          + #""caller_session_id":null,"source":null}"#
      ]
    )
  }

  @Test("for a burst, with its count and its IDs in order")
  func burst() async throws {
    let kora = try await Kora(["KORA_ALERT_NOTIFY_BURST_THRESHOLD": "1"])
    try await kora.cycle(.kora("b", .critical), .kora("c", .info), .kora("a"))
    let rows = await kora.rows()
    #expect(
      rows == [
        #"{"emitted_at":"2027-01-15T08:00:00Z","seam":"notification.dispatched","details":{"channel":"slack_dm","#
          + #""alert_id":"burst:3","severity":"burst","category":"burst_summary","#
          + #""burst_count":3,"burst_alert_ids":["a","b","c"],"status":"ok"},"caller_session_id":null,"source":null}"#
      ]
    )
  }

  @Test("for a digest, with its count and its IDs in order")
  func digest() async throws {
    let kora = try await Kora(["KORA_ALERT_NOTIFY_MODE": "digest"])
    try await kora.cycle(.kora("b"), .kora("a", .info))
    try await kora.pass(.seconds(86_400))
    let rows = await kora.rows()
    #expect(
      rows == [
        #"{"emitted_at":"2027-01-16T08:00:00Z","seam":"notification.dispatched","details":{"channel":"email","#
          + #""alert_id":"digest:2","severity":"digest","category":"digest_email","#
          + #""digest_count":2,"digest_alert_ids":["a","b"],"status":"ok"},"caller_session_id":null,"source":null}"#
      ]
    )
  }

  @Test("contain no token, title, detail or subject")
  func discreet() async throws {
    let kora = try await Kora { _ in
      .http(HTTPReply(status: 200, body: Array(#"{"ok":false,"error":"invalid_auth"}"#.utf8)))
    }
    try await kora.cycle(.kora("a"), .kora("b", .info, "x"))
    let rows = await kora.rows()
    #expect(rows.count == 2)
    for row in rows {
      for text in ["xoxb", "Title", "Detail", "[Kora", "joshua@", "U0JOSHUA"] { #expect(!row.contains(text)) }
    }
  }
}
