// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A server that is queried for its alerts: its address, and the labels that carry what its alerts do not have.
package struct AlertServer: Sendable {
  package var url = WebAddress()
  package var severity = "severity"
  package var category = "category"

  package init() {}
}

/// The settings of a source that queries such a server.
package protocol AlertServerSettings: ServerSettings {
  var server: AlertServer { get set }
  /// An example address.
  static var exampleURL: String { get }
}

extension AlertServerSettings {
  package func check(_ report: inout Report) {
    checkLogin(server.url, host: server.url.host, &report)
  }

  /// The keys common to all of them.
  static var serverFields: [Field<Self>] {
    [.required("url", \.server.url, "The server's address, without /api.", example: exampleURL)] + loginFields + [
      .optional("severity", \.server.severity, "The label with the severity.", otherwise: "severity"),
      .optional(
        "category",
        \.server.category,
        "The label with the category.",
        otherwise: "category, else the alert's name"
      ),
    ]
  }

  /// The request for `path`.
  func request(_ path: String) -> Outgoing {
    .http(
      HTTPExchange(
        method: "GET",
        to: server.url,
        path: path,
        fields: [HTTPField("Accept", "application/json")] + (login.field.map { [$0] } ?? []),
        addresses: addresses.policy,
        limits: ExchangeLimits(replyBytes: AlertLimits.standard.fileBytes),
        certificateAuthority: login.ca?.absolute
      )
      .applying(httpOptions)
    )
  }

  /// The labels that carry fields which Prometheus and Alertmanager do not have.
  var mapping: AlertLabelMapping { AlertLabelMapping(severity: server.severity, category: server.category) }
}

extension UnchangedText {
  /// Reads the active alerts in the answer of a server; an answer that is not one, or is the same as before, ends none.
  mutating func observation(
    of reply: Reply,
    from server: String,
    _ path: String,
    _ read: (SourceText) -> AlertSnapshot
  ) -> Observation {
    switch reply {
    case .http(let reply) where reply.status == 200:
      observation(of: reply.body) { Observation(of: read(SourceText(name: server + path, bytes: $0))) }
    case .http(let reply): .failed("\(server) answered HTTP \(reply.status)")
    case .failed(let failure): .failed(failure.message)
    case .mail, .appended, .process: .failed("\(server) gave no HTTP response")
    }
  }
}
