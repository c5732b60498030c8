// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("A notice that continues an earlier message")
struct ContinuationTests {
  private let disk = Alert(source: "shop", id: "disk", severity: .warning, title: "Disk full")
  private let net = Alert(source: "shop", id: "net", severity: .warning, title: "Network slow")
  private let root = Receipt(["ts": "1"])

  @Test("edits the first message, and people are notified of the end")
  func resolved() throws {
    let continuation = try #require(notice(.resolved(disk), [root, Receipt(["ts": "2"])]).continuation)
    #expect(continuation.root == root)
    #expect(continuation.mustNotify)
    #expect(continuation.edited.alerts == [disk])
  }

  @Test("holds the alerts of a group that were sent before")
  func group() throws {
    var notice = notice(.group(name: "eu", [disk], firing: 2), [root])
    notice.alreadySent = [net]
    let continuation = try #require(notice.continuation)
    #expect(continuation.edited.alerts == [disk, net])
    #expect(!continuation.mustNotify)
    notice.content = .group(name: "eu", [Alert(source: "shop", id: "db", severity: .critical, title: "DB")], firing: 2)
    #expect(notice.continuation?.mustNotify == true)
  }

  @Test("is none without an earlier receipt, and none for an alert, a digest or a reminder")
  func none() {
    #expect(notice(.resolved(disk), []).continuation == nil)
    for content: Notice.Content in [.alert(disk), .digest(name: "daily", [disk]), .reminder([disk]), .flapping(disk)] {
      #expect(notice(content, [root]).continuation == nil)
    }
  }

  @Test("names an alert by one short key, at its beginning and at its end")
  func token() {
    #expect(disk.key.token == notice(.resolved(disk), []).alerts[0].key.token)
    #expect(disk.key.token != net.key.token)
    #expect(Alert(id: String(repeating: "ü/", count: 5_000), severity: .info, title: "").key.token.utf8.count <= 64)
  }

  private func notice(_ content: Notice.Content, _ earlier: [Receipt]) -> Notice {
    Notice(delivery: DeliveryID("1"), channel: "c", content: content, sentAt: Instant(seconds: 0), earlier: earlier)
  }
}
