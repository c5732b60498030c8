// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryTransport
internal import Foundation

extension AlertServer {
  /// Queries the active alerts; an invalid answer ends no alert, and a repeated one changes nothing.
  func look(
    _ path: String,
    over carrier: any Carrying,
    since memory: SourceMemory?,
    _ limits: AlertLimits,
    _ read: (SourceText, AlertLabelMapping) -> AlertSnapshot
  ) async -> Observation {
    await carrier.look(request(path, limits), at: url.text, since: memory) { body in
      var hash = StableHash()
      hash.combine(body)
      if memory == .content(hash.value) { return Observation(.unchanged, memory: memory) }
      let place = url.text + (path.split(separator: "?").first ?? "")
      let mapping = AlertLabelMapping(severity: severity, category: category)
      return Observation(of: read(SourceText(name: place, bytes: body), mapping), content: hash.value)
    }
  }

  private func request(_ path: String, _ limits: AlertLimits) -> HTTPExchange {
    HTTPExchange(
      method: "GET",
      to: url,
      path: path,
      fields: [HTTPField("Accept", "application/json")] + (authorization.map { [$0] } ?? []),
      addresses: addresses.policy,
      limits: ExchangeLimits(replyBytes: limits.fileBytes),
      certificateAuthority: ca?.absolute
    )
  }

  private var authorization: HTTPField? {
    if let token, !token.isEmpty { return HTTPField("Authorization", prefix: "Bearer ", secret: token) }
    guard let username, let password else { return nil }
    // RFC 7617 §2.
    let login = Data("\(username):\(password.reveal())".utf8).base64EncodedString()
    return HTTPField("Authorization", prefix: "Basic ", secret: Secret(login))
  }
}
