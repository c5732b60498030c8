// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryAudit
import BelfryEngine
import Testing

@Suite("A request to investigate a probe's finding")
struct InvestigationRequestTests {
  private let request = InvestigationRequestRow(
    emittedAt: Instant(seconds: 1_800_000_000),
    probe: "web",
    severity: .critical,
    category: "service_unhealthy",
    title: "web is \"unhealthy\"\n<!channel>",
    detail: "https://web.example.com: it responded with HTTP 503.",
    snapshot: ["state": "unhealthy", "bad_looks": "3"]
  )

  private func line(_ request: InvestigationRequestRow) throws -> String {
    var writer = JSONWriter()
    request.encode(into: &writer)
    let text = String(decoding: writer.bytes, as: UTF8.self)
    let end = try #require(text.firstIndex(of: "\n"))
    #expect(text.index(after: end) == text.endIndex)
    return String(text[..<end])
  }

  @Test("is read from the audit log as written, and is one line whatever its text")
  func roundTrip() throws {
    #expect(InvestigationRequestRow(try #require(AuditLine(try line(request)))) == request)
  }

  @Test("has the details that readers of the earlier system's log need")
  func details() throws {
    let text = try line(request)
    let start = #"{"emitted_at":"2027-01-15T08:00:00Z","seam":"probe.wake_requested","details":{"probe":"web","#
    #expect(text.hasPrefix(start))
    #expect(text.contains(#""snapshot_details":{"bad_looks":"3","state":"unhealthy"}}"#))
    #expect(AuditLine(text)?.text == "2027-01-15T08:00:00Z wake   web critical service_unhealthy")
  }

  @Test("is not read from another type of row with the same members")
  func otherKind() throws {
    let other = try line(request).replacing("probe.wake_requested", with: "probe.wake_answered")
    #expect(InvestigationRequestRow(try #require(AuditLine(other))) == nil)
  }

  @Test(
    "is not read from an incomplete row",
    arguments: [
      #"{"emitted_at":"2027-01-15T08:00:00Z","seam":"probe.wake_requested","details":{"probe":"web"}}"#,
      #"{"emitted_at":"2027-01-15T08:00:00Z","seam":"probe.wake_requested","details":null}"#,
      #"{"emitted_at":"soon","seam":"probe.wake_requested","details":{"probe":"w","severity":"info","category":"c","title":"t","detail":"d","snapshot_details":{}}}"#,
    ]
  )
  func refused(_ text: String) throws {
    #expect(InvestigationRequestRow(try #require(AuditLine(text))) == nil)
  }
}
