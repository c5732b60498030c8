// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// Sends each notice to any HTTP service, as JSON described by `channels.json`, signed according to Standard Webhooks
/// 1.0.
public struct WebhookChannel: NotificationChannel {
  /// The kind `webhook`.
  public static let kind: ChannelKind = "webhook"

  /// The limits; Standard Webhooks asks for 15 to 30 seconds.
  private static let limits = ExchangeLimits(connect: .seconds(5), total: .seconds(15), replyBytes: 65_536)

  private let name: ChannelName
  private let settings: WebhookSettings

  /// Creates the channel.
  public init(name: ChannelName, settings: WebhookSettings) {
    self.name = name
    self.settings = settings
  }

  /// The address, without its secret parts.
  public var recipient: String { settings.url.shownURL }

  /// Composes one request.
  public func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing {
    guard !settings.url.isEmpty else {
      throw Uncomposable("no_url", "`url` of the channel \(name) is empty.", rejection: .operator)
    }
    let body = body(notice.refusal == nil ? notice : notice.plainest)
    var exchange = HTTPExchange(
      method: settings.method.rawValue,
      to: settings.url.text,
      fields: fields(notice, signing: body),
      body: body,
      addresses: settings.addresses.policyBesidesPublicInternet,
      limits: WebhookChannel.limits,
      certificateAuthority: settings.ca.isEmpty ? nil : settings.ca.text
    )
    exchange.isTraced = true
    return .http(exchange.applying(settings.httpOptions))
  }

  /// Judges by the status alone.
  public func interpret(_ reply: Reply) -> Verdict {
    switch reply {
    case .http(let answer): Verdict(answer)
    case .failed(let failure): Verdict(failure)
    case .mail, .appended, .process: .unexpected(reply)
    }
  }

  /// The whole notice in its format, or what the template makes of it.
  private func body(_ notice: Notice) -> SealedText {
    let limit = settings.maxBody
    if let template = settings.body { return template.filled(with: notice, within: limit) }
    let bytes =
      switch settings.format {
      case .belfry: NoticeDocument(notice).json(within: limit)
      case .alertmanager: AlertmanagerDocument(notice).json(within: limit)
      }
    return SealedText(shown: String(decoding: bytes, as: UTF8.self))
  }

  /// The header fields; the ID is the same on every attempt, the timestamp is the attempt's.
  private func fields(_ notice: Notice, signing body: SealedText) -> [HTTPField] {
    let id = notice.delivery.token
    let timestamp = notice.sentAt.wholeSeconds
    var fields = settings.headers.names("content-type") ? [] : [HTTPField("Content-Type", "application/json")]
    fields += settings.headers.fields
    fields.append(HTTPField("webhook-id", id))
    fields.append(HTTPField("webhook-timestamp", String(timestamp)))
    let signatures = settings.signingSecrets.map { $0.signature(id: id, timestamp: timestamp, body: body) }
    if !signatures.isEmpty { fields.append(HTTPField("webhook-signature", signatures.joined(separator: " "))) }
    return fields
  }
}
