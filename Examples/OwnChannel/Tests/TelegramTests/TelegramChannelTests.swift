import Belfry
import BelfryTesting
import Testing

@testable import Telegram

@Suite("The telegram channel")
struct TelegramChannelTests {
  private let contract = ChannelContract(
    TelegramChannel.self,
    settings: #"{ "token": "${TOKEN}", "chat": "-1001234567890" }"#,
    environment: ["TOKEN": "123456:t0p-s3cret"],
    success: .http(HTTPReply(status: 200, body: Array(#"{ "ok": true, "result": { "message_id": 7 } }"#.utf8)))
  )

  @Test("keeps the contract of channels")
  func keepsContract() async throws { try await contract.verify() }

  @Test("sends the token in the URL and shows it nowhere")
  func sealsToken() throws {
    guard case .http(let exchange) = try contract.channel().compose(notice()) else { throw NoRequest() }
    #expect(exchange.url == "https://api.telegram.org/bot‹secret›/sendMessage")
    #expect(!exchange.sealed.url.isEmpty)
    #expect(!"\(exchange)".contains("t0p-s3cret"))
  }

  @Test("edits the first message about an alert that resolves, and replies to it")
  func edits() throws {
    let channel = try contract.channel()
    let notice = notice(.resolved(alert), earlier: [Receipt(["message": "7"])])
    guard case .http(let edit) = try channel.compose(notice) else { throw NoRequest() }
    #expect(edit.url.hasSuffix("/editMessageText"))
    let answer = Reply.http(HTTPReply(status: 200, body: Array(#"{ "ok": true, "result": true }"#.utf8)))
    guard case .ask(.http(let reply)) = channel.step(notice, after: [answer]) else { throw NoRequest() }
    #expect(reply.url.hasSuffix("/sendMessage"))
    #expect(JSONNode(json: reply.body)?["reply_parameters"]?["message_id"]?.int == 7)
  }

  @Test("waits as long as Telegram asks for")
  func waits() throws {
    let body = Array(#"{ "ok": false, "error_code": 429, "parameters": { "retry_after": 5 } }"#.utf8)
    let verdict = try contract.channel().interpret(.http(HTTPReply(status: 429, body: body)))
    guard case .retry(let after, _) = verdict else { throw NoRequest() }
    #expect(after == .seconds(5))
  }

  private let alert = Alert(source: "shop", id: "disk", severity: .critical, title: "Disk <full>")

  private func notice(_ content: Notice.Content? = nil, earlier: [Receipt] = []) -> Notice {
    Notice(
      delivery: DeliveryID("01939f5e-0000-7000-8000-000000000000"),
      channel: "chat",
      content: content ?? .alert(alert),
      sentAt: Instant(seconds: 1_764_000_000),
      earlier: earlier
    )
  }

  private struct NoRequest: Error {}
}
