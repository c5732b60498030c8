// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryPolicy
import BelfryTestKit
import Testing

@testable import BelfryEngine

@Suite("A preview")
struct MessagePreviewTests {
  private static let file = """
    {"channels": {
       "mail": {"kind": "smtp", "server": "smtp://mail.example.com:587", "username": "a", "password": "${PASSWORD}",
                "from": "a@example.com", "to": "b@example.com",
                "template": {"title": "by the channel: {{ title }}"}},
       "hook": {"kind": "webhook", "url": "https://example.com/${TOKEN}", "headers": {"Authorization": "${TOKEN}"}},
       "bare": {"kind": "webhook", "url": "${EMPTY}"},
       "file": {"kind": "file", "path": "var/a.jsonl", "template": {"title": "{{ shared.labels.none }}"}}},
     "routes": [{"name": "web", "match": {"severity": "critical"}, "to": ["mail", "hook"],
                 "template": {"title": "by the route: {{ title }}"}},
                {"to": ["mail", "file", "bare"]}],
     "server": {"listen": "127.0.0.1:0", "url": "https://belfry.example.com"}}
    """

  private let configuration: Configuration
  private let now = Instant(seconds: 1_800_000_000)

  init() throws {
    configuration = try Configuration.parse(
      Self.file,
      environment: ["PASSWORD": "s3cret-one", "TOKEN": "s3cret-two", "EMPTY": ""]
    )
  }

  private func previews(
    _ subject: MessagePreview.Subject,
    on names: [ChannelName],
    sentBy route: Int? = nil
  ) -> [MessagePreview] {
    MessagePreview.make(
      subject,
      on: names.compactMap { configuration.channels[$0] },
      sentBy: route.map { configuration.rules.table.routes[$0] },
      configuration,
      at: now
    )
  }

  private func text(_ preview: MessagePreview) throws -> String {
    String(decoding: try #require(preview.bytes), as: UTF8.self)
  }

  @Test(
    "shows each kind of message as the channel would send it, with secrets masked",
    arguments: NoticeSample.allCases
  )
  func kinds(sample: NoticeSample) throws {
    let found = previews(.sample(sample), on: ["mail", "hook"])
    #expect(found.map(\.fileEnding) == ["eml", "http"])
    #expect(found.map(\.kind) == [sample.rawValue, sample.rawValue])
    #expect(found.map(\.trouble) == ["", ""])
    #expect(try text(found[0]).contains("Subject: by the channel:"))
    let request = try text(found[1])
    #expect(request.hasPrefix("POST ") && request.contains(#""type":"\#(sample.rawValue)""#))
    for preview in found { #expect(try !text(preview).contains("s3cret")) }
  }

  @Test("uses the template of the route before the channel's")
  func route() throws {
    #expect(try text(previews(.sample(.alert), on: ["mail"], sentBy: 0)[0]).contains("Subject: by the route:"))
    #expect(try text(previews(.sample(.alert), on: ["mail"], sentBy: 1)[0]).contains("Subject: by the channel:"))
    #expect(try text(previews(.sample(.alert), on: ["hook"], sentBy: 0)[0]).contains(#""route":"web""#))
  }

  @Test("shows an alert as it is: firing, or resolved with how long it fired")
  func record() throws {
    var record = AlertRecord(alert: Alert(id: "a", severity: .warning, title: "Disk"), firedAt: now - .seconds(840))
    #expect(try text(previews(.alert(record), on: ["hook"])[0]).contains(#""type":"alert""#))
    record.isActive = false
    record.resolvedAt = now
    let ended = try text(previews(.alert(record), on: ["hook"])[0])
    #expect(ended.contains(#""type":"resolved""#) && ended.contains("14 min"))
  }

  @Test("has links to acknowledge that work for nobody")
  func links() throws {
    #expect(try text(previews(.sample(.alert), on: ["hook"])[0]).contains("https://belfry.example.com/ack/preview"))
    #expect(try !text(previews(.sample(.resolved), on: ["hook"])[0]).contains("/ack/"))
  }

  @Test("says why a template or a channel cannot be used")
  func trouble() throws {
    let found = previews(.sample(.alert), on: ["file", "bare"])
    #expect(found[0].trouble.contains("`title` of the template cannot be used: it is empty"))
    #expect(found[0].bytes != nil)
    #expect(found[1].bytes == nil && !found[1].trouble.isEmpty)
  }
}
