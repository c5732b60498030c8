// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryTestKit
import Testing

@Suite("Acknowledgement links in a notice")
struct AcknowledgeLinksTests {
  private static let madeAt = Instant(seconds: 1_800_000_000)
  private static let disk = Alert(source: "app", id: "disk", severity: .critical, title: "Disk full")
  private static let slow = Alert(source: "app", id: "slow", severity: .warning, title: "Slow")

  private func key() throws -> LinkKey { try #require(LinkKey(stored: String(repeating: "5a", count: 32))) }

  private func linked(
    _ content: Notice.Content,
    flags: [AlertKey: Notice.AlertFlags] = [:],
    alreadySent: [Alert] = [],
    after wait: Duration = .seconds(1)
  ) throws -> Notice {
    var server = ServerSettings()
    server.url = try #require(WebAddress("https://belfry.example.org/"))
    let links = try #require(AcknowledgeLinks(server, key: try key()))
    var notice = Notice(
      delivery: DeliveryID("d"),
      channel: "pager",
      content: content,
      flags: flags,
      sentAt: Self.madeAt + wait
    )
    notice.alreadySent = alreadySent
    links.add(to: &notice, madeAt: Self.madeAt)
    return notice
  }

  private func lines(_ notice: Notice) -> [String] {
    NoticeText(notice, times: .asWritten).acknowledgements.map(\.line)
  }

  @Test("are missing without an address or a key")
  func none() throws {
    #expect(AcknowledgeLinks(ServerSettings(), key: try key()) == nil)
    #expect(AcknowledgeLinks(nil, key: try key()) == nil)
    var server = ServerSettings()
    server.url = try #require(WebAddress("https://belfry.example.org"))
    #expect(AcknowledgeLinks(server, key: nil) == nil)
  }

  @Test("name the alert, the channel and the time of the message, from which they expire")
  func claim() throws {
    let link = try #require(try linked(.alert(Self.disk)).acknowledging?.links[Self.disk.key])
    let prefix = "https://belfry.example.org/ack/"
    #expect(link.hasPrefix(prefix))
    let claim = AcknowledgeClaim(token: String(link.dropFirst(prefix.count)), signedWith: try key())
    let expected = AcknowledgeClaim(
      alert: Self.disk.key,
      channel: "pager",
      madeAt: Self.madeAt,
      expiresAt: Self.madeAt + .seconds(86_400)
    )
    #expect(claim == expected)
  }

  @Test("are the same on every attempt at a message, until they have expired")
  func attempts() throws {
    let first = try linked(.alert(Self.disk))
    #expect(try linked(.alert(Self.disk), after: .seconds(86_399)).acknowledging == first.acknowledging)
    #expect(try linked(.alert(Self.disk), after: .seconds(86_400)).acknowledging?.links == [:])
  }

  @Test(
    "are added for active alerts in every kind of message",
    arguments: [
      .alert(disk), .burst([disk]), .digest(name: "daily", [disk]), .followup([disk], ended: 1),
      .group(name: "a=b", [disk], firing: 1), .reminder([disk]), .flapping(disk),
    ] as [Notice.Content]
  )
  func kinds(content: Notice.Content) throws {
    let notice = try linked(content)
    #expect(notice.acknowledging?.links.count == 1)
    #expect(lines(notice) == ["Acknowledge: \(notice.acknowledging?.links[Self.disk.key] ?? "")"])
    #expect(NoticeText(notice, times: .asWritten).plain.contains("\nAcknowledge: https://belfry.example.org/ack/"))
  }

  @Test(
    "are missing in a message about a resolved alert",
    arguments: [.resolved(disk), .test(disk)] as [Notice.Content]
  )
  func ends(content: Notice.Content) throws {
    let notice = try linked(content)
    #expect(notice.acknowledging == Notice.Acknowledging(home: "https://belfry.example.org"))
    #expect(lines(notice) == [])
  }

  @Test("are added with a title for each firing alert of several, including those sent before")
  func several() throws {
    let notice = try linked(
      .group(name: "g", [Self.disk, Self.slow], firing: 1),
      flags: [Self.slow.key: Notice.AlertFlags(isResolved: true)],
      alreadySent: [Alert(source: "app", id: "old", severity: .info, title: "Old")]
    )
    #expect(Set(notice.acknowledging?.links.keys.map(\.id) ?? []) == ["disk", "old"])
    let link = notice.acknowledging?.links[Self.disk.key] ?? ""
    #expect(lines(notice) == ["Acknowledge “Disk full”: \(link)"])
  }

  @Test("of more than five alerts become one link to the cockpit, and stay separate for programs")
  func many() throws {
    let alerts = (1...6).map { Alert(source: "app", id: "\($0)", severity: .info, title: "\($0)") }
    #expect(lines(try linked(.burst(Array(alerts.prefix(5))))).count == 5)
    let notice = try linked(.burst(alerts))
    #expect(lines(notice) == ["Open Belfry to acknowledge: https://belfry.example.org"])
    #expect(notice.acknowledging?.links.count == 6)
  }

  @Test("lead to the cockpit if the alert's ID is too long, and are never cut")
  func longID() throws {
    let alert = Alert(source: "app", id: String(repeating: "x", count: 512), severity: .info, title: "Long")
    #expect(lines(try linked(.alert(alert))) == ["Open Belfry to acknowledge: https://belfry.example.org"])
    for count in 250..<330 {
      let alert = Alert(source: "app", id: String(repeating: "x", count: count), severity: .info, title: "Long")
      guard let link = try linked(.alert(alert)).acknowledging?.links[alert.key] else { continue }
      #expect(link.utf8.count <= AcknowledgeLinks.longest)
      let token = String(link.dropFirst("https://belfry.example.org/ack/".count))
      #expect(AcknowledgeClaim(token: token, signedWith: try key())?.alert == alert.key)
    }
  }

  @Test("are omitted completely if there is not enough space")
  func fitting() throws {
    var notice = try linked(.alert(Self.disk))
    notice.content = .alert(
      Alert(
        source: "app",
        id: "disk",
        severity: .critical,
        title: "Disk full",
        detail: String(repeating: "x ", count: 9000)
      )
    )
    let fitted = NoticeText(notice, times: .asWritten).fitted(to: 4000)
    #expect(fitted.plain.contains(notice.acknowledging?.links[Self.disk.key] ?? "none"))
    let document = NoticeDocument(notice)
    for limit in [900, 1500, 4096, 20_000] {
      let text = String(decoding: document.json(within: limit), as: UTF8.self)
      let links = text.matches(of: /"acknowledge_url":"([^"]*)"/).map { String($0.1) }
      #expect(links.allSatisfy { $0.isEmpty || $0 == notice.acknowledging?.links[Self.disk.key] }, "\(links)")
      #expect(!links.isEmpty)
    }
  }

  @Test("are a member of a notice for programs only if the server has an address")
  func document() throws {
    let notice = try linked(.burst([Self.disk, Self.slow]))
    let text = String(decoding: NoticeDocument(notice).json(within: 20_000), as: UTF8.self)
    for alert in [Self.disk, Self.slow] {
      #expect(text.contains("\"acknowledge_url\":\"\(notice.acknowledging?.links[alert.key] ?? "none")\""))
    }
    var plain = notice
    plain.acknowledging = nil
    #expect(!String(decoding: NoticeDocument(plain).json(within: 20_000), as: UTF8.self).contains("acknowledge"))
  }
}
