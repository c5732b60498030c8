// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A URL that is requested with GET, whose answer lists the active alerts: in Belfry's or Alertmanager's format, or in
/// another one that `map` describes.
package struct HTTPSource: RequestingSource {
  package static let kind: SourceKind = "http"

  package struct Settings: ServerSettings {
    package var url = WebhookAddress()
    package var headers = HeaderFields()
    package var login = ServerLogin()
    package var map: AlertMap?
    package var timeout = AttemptLimit(.seconds(10))
    package var maxAnswer = 8_388_608
    package var maxAlerts = 10_000

    package init() {}

    package static let fields: [Field<Settings>] =
      [
        .required("url", \.url, "The URL to request with GET.", example: "https://status.example.com/api/alerts"),
        .optional(
          "map",
          \.map,
          "Where the alerts are in the answer, and which member becomes which field of an alert.",
          otherwise: "the answer is in Belfry's or Alertmanager's format"
        ),
        .optional("headers", \.headers, "Header fields, by name."),
      ] + loginFields + [
        .optional("timeout", \.timeout, "How long a request may take.", otherwise: "10s"),
        .optional("max_answer", \.maxAnswer, in: 4_096...67_108_864, "The maximum size of the answer in bytes."),
        .optional(
          "max_alerts",
          \.maxAlerts,
          in: 1...100_000,
          "The maximum number of alerts; the rest is ignored, and then nothing resolves."
        ),
      ]

    package func check(_ report: inout Report) {
      let header = headers.names("authorization") ? ["the header field Authorization"] : []
      checkLogin(url, host: url.host, besides: header, &report)
      if headers.hasSecret { report.checkConfidential(url, key: "url", carrying: "a secret in `headers`") }
      if headers.names("authorization"), login.field != nil {
        report.error("`headers` contains Authorization too.", key: "headers", remedy: "Leave one of them out.")
      }
    }
  }

  private let name: SourceName
  private let settings: Settings
  private var last = UnchangedText()

  package init(name: SourceName, settings: Settings) {
    self.name = name
    self.settings = settings
  }

  package var subject: String { settings.url.shownURL }

  package func request() -> Outgoing {
    let accept = settings.headers.names("accept") ? [] : [HTTPField("Accept", "application/json")]
    return .http(
      HTTPExchange(
        method: "GET",
        to: settings.url.text,
        fields: accept + settings.headers.fields + (settings.login.field.map { [$0] } ?? []),
        addresses: settings.addresses.policy,
        limits: ExchangeLimits(total: settings.timeout.duration, replyBytes: settings.maxAnswer),
        certificateAuthority: settings.login.ca?.absolute
      )
      .applying(settings.httpOptions)
    )
  }

  package mutating func read(_ reply: Reply, at now: Instant) -> Observation {
    switch reply {
    case .http(let reply) where (200...299).contains(reply.status):
      last.observation(of: reply.body) { [self] in Observation(of: snapshot(SourceText(name: subject, bytes: $0), now))
      }
    case .http(let reply): .failed("\(subject) answered HTTP \(reply.status)")
    case .failed(let failure): .failed(failure.message)
    case .mail, .appended, .process: .failed("\(subject) gave no HTTP response")
    }
  }

  private func snapshot(_ source: SourceText, _ now: Instant) -> AlertSnapshot {
    var limits = AlertLimits()
    limits.alerts = settings.maxAlerts
    if let map = settings.map { return AlertDecoding.read(source, from: name, by: map, limits: limits) }
    return AlertDecoding.read(source, from: name, now: now, limits: limits)
  }
}
