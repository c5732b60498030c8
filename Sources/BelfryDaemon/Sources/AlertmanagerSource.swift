// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryTransport
internal import Foundation

/// An Alertmanager, asked for the alerts that it holds through `GET /api/v2/alerts`.
///
/// What is silenced or inhibited there is left out by Alertmanager itself, which alone knows it.
///
/// https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
package struct AlertmanagerSource: AlertSource {
  package let name: SourceName
  private let settings: AlertmanagerSourceSettings
  private let carrier: any Carrying
  private let limits: AlertLimits

  package init(
    name: SourceName,
    settings: AlertmanagerSourceSettings,
    carrier: any Carrying,
    limits: AlertLimits = .standard
  ) {
    self.name = name
    self.settings = settings
    self.carrier = carrier
    self.limits = limits
  }

  package func observe(since memory: SourceMemory?, at now: Instant) async -> Observation {
    await carrier.look(request, at: settings.url.text, since: memory) { read($0, since: memory) }
  }

  private var path: String { settings.url.text + "/api/v2/alerts" }

  private var request: HTTPExchange {
    HTTPExchange(
      method: "GET",
      url: "\(path)?active=true&silenced=\(settings.includesSilenced)&inhibited=\(settings.includesInhibited)",
      fields: [HTTPField("Accept", "application/json")] + (authorization.map { [$0] } ?? []),
      limits: ExchangeLimits(replyBytes: limits.fileBytes),
      certificateAuthority: settings.ca?.absolute
    )
  }

  private var authorization: HTTPField? {
    if let token = settings.token, !token.isEmpty {
      return HTTPField("Authorization", prefix: "Bearer ", secret: token)
    }
    guard let username = settings.username, let password = settings.password else { return nil }
    // RFC 7617 §2.
    let login = Data("\(username):\(password.reveal())".utf8).base64EncodedString()
    return HTTPField("Authorization", prefix: "Basic ", secret: Secret(login))
  }

  private func read(_ body: [UInt8], since memory: SourceMemory?) -> Observation {
    var hash = StableHash()
    hash.combine(body)
    if memory == .content(hash.value) { return Observation(.unchanged, memory: memory) }
    let snapshot = AlertDecoding.read(
      SourceText(name: path, bytes: body),
      from: name,
      // Alertmanager gives only what has not ended by its own clock; by ours, which may be wrong, nothing is taken away.
      now: Instant(seconds: 0),
      mapping: AlertLabelMapping(severity: settings.severity, category: settings.category),
      limits: limits
    )
    return Observation(of: snapshot, content: hash.value)
  }
}
