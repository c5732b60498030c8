// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A permission of a caller of the server.
package enum Scope: String, FieldChoice {
  /// Report that alerts fire and resolve.
  case push
  /// Read alerts, silences and the state of Belfry.
  case read
  /// Create and end silences, and other actions that change what is sent.
  case operate
  /// Send test alerts.
  case test
}

/// One entry of `tokens`: a caller of the server, and its scopes.
package struct ServerToken: FieldRecord {
  package var name = ""
  package var secret = Secret()
  package var scopes: [Scope] = []
  package var rate = RateLimit.limited(Rate(100, per: .seconds(1)))
  package var note = ""
  package var offset = 0

  package init() {}

  /// The minimum length of a token: shorter ones could be guessed.
  package static let leastBytes = 16

  package static let fields: [Field<ServerToken>] = [
    .required("name", \.name, "The owner, as named in the audit log.", example: "prometheus"),
    .required("secret", \.secret, "What the caller sends as `Authorization: Bearer …`.", example: "${BELFRY_TOKEN}"),
    .required("scopes", \.scopes, "What it permits: `push`, `read`, `operate`, `test`.", example: "push"),
    .optional("rate", \.rate, "How many calls it may make: this many at once, then evenly spread.", otherwise: "100/s"),
    .optional("note", \.note, "Free text.", otherwise: "none"),
  ]

  package mutating func check(_ node: JSONNode, _ report: inout Report) {
    offset = node.offset
    if !GivenName.isFit(name) {
      report.error(
        "this name is not allowed.",
        key: "name",
        remedy: "Use letters, digits, `-`, `_` and `.`, at most 64 of them."
      )
    }
    if secret.reveal().utf8.count < ServerToken.leastBytes {
      report.error(
        "it has fewer than \(ServerToken.leastBytes) bytes and could be guessed.",
        key: "secret",
        remedy: "Use a random one: openssl rand -hex 16."
      )
    }
  }

  package var shown: String { "\"\(name)\"" }
}
