// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The key `server`: the HTTP API of `belfry run`.
package struct ServerSettings: FieldRecord {
  package var listen = ListenAddress(host: "127.0.0.1", port: 9093)
  package var tokens: [ServerToken] = []
  package var hosts: [String] = []
  package var tls: TLSSettings?
  package var url = WebAddress()
  package var linkLifetime = Period(.seconds(24 * 3600))
  package var resolveTimeout = Period(.seconds(300))
  package var maxBody = ByteCount(8_000_000)
  package var maxConnections = Count(500)
  package var requestTimeout = Period(.seconds(30))
  package var transform = AlertTransform()
  package var note = ""

  package init() {}

  /// The longest allowed lifetime of a link.
  private static let longestLink = Duration.seconds(30 * 86_400)

  static let note = "The HTTP API, for pushing alerts and managing silences, and the cockpit."

  private var link: LinkAddress {
    get { LinkAddress(url) }
    set { url = newValue.address }
  }

  package static let fields: [Field<ServerSettings>] =
    ownFields + AlertTransform.fields.map { $0.moved(to: \.transform) }

  private static let ownFields: [Field<ServerSettings>] = [
    .required("listen", \.listen, "The address and port to listen on.", example: "127.0.0.1:9093"),
    .optional(
      "tokens",
      \.tokens,
      "Who may call it, and for what. Required if other machines can reach it.",
      otherwise: "none: everyone on this machine may do everything"
    ),
    .optional("hosts", \.hosts, "Names by which clients call it, besides `listen` and addresses.", otherwise: "none"),
    .optional(
      "tls",
      \.tls,
      "The certificate and key for TLS; the server then accepts TLS only.",
      otherwise: "none: plain HTTP"
    ),
    .optional(
      "url",
      \.link,
      "The address at which people reach it. Messages then contain acknowledge links.",
      otherwise: "none: no links",
      example: "https://belfry.example.com"
    ),
    .optional("link_lifetime", \.linkLifetime, "How long such a link is valid, up to 30 days.", otherwise: "24h"),
    .optional(
      "resolve_timeout",
      \.resolveTimeout,
      "How long a pushed alert without an end stays active unless it is pushed again.",
      otherwise: "5m"
    ),
    .optional("max_body", \.maxBody, "The maximum size of a request body.", otherwise: "8MB"),
    .optional(
      "max_connections",
      \.maxConnections,
      "The maximum number of connections. For one more, the one that has been silent longest is closed.",
      otherwise: "500"
    ),
    .optional(
      "request_timeout",
      \.requestTimeout,
      "How long a request may take to arrive, and how long the reader of an answer may read nothing of it.",
      otherwise: "30s"
    ),
    .optional("note", \.note, "Free text.", otherwise: "none"),
  ]

  /// The host by which people reach it, an IPv6 address without brackets; nil if no address is configured.
  package var publicHost: String? {
    if url.isEmpty { return nil }
    return url.host.hasPrefix("[") ? String(url.host.dropFirst().dropLast()) : url.host
  }

  package mutating func check(_ node: JSONNode, _ report: inout Report) {
    if !listen.isLoopback && tokens.isEmpty {
      report.error(
        "other machines can reach \(listen.text), and no token is required.",
        key: "listen",
        remedy: "Add \"tokens\", or listen on 127.0.0.1."
      )
    }
    if let host = hosts.firstIndex(where: { HostName.fault(in: $0[...]) != nil }) {
      report.error(
        "\"\(hosts[host])\" is not a host name.",
        key: "hosts",
        remedy: "Write it like \"belfry.example.com\", without a port."
      )
    }
    checkLinks(node, &report)
    transform.check(node, &report)
    report.within("tokens") { checkTokens(&$0) }
  }

  private func checkLinks(_ node: JSONNode, _ report: inout Report) {
    if url.hasPath {
      report.error(
        "it has a path, but the server runs at the root of its address.",
        key: "url",
        remedy: "Write it like \"https://belfry.example.com\"."
      )
    }
    if linkLifetime.duration > ServerSettings.longestLink {
      report.error(
        "links would be valid for longer than 30 days.",
        key: "link_lifetime",
        remedy: "Write \"720h\" or less."
      )
    }
    if url.isEmpty, node["link_lifetime"] != nil {
      report.warning(
        "this has no effect: messages contain no links without `url`.",
        key: "link_lifetime",
        remedy: "Add \"url\", or remove this key."
      )
    }
    if url.isClear {
      report.warning(
        "links and sessions would be sent unencrypted.",
        key: "url",
        remedy: "Write https://, with \"tls\" or with a TLS proxy in front."
      )
    } else if url.text.hasPrefix("http://"), tls != nil {
      report.warning(
        "the server uses TLS, but this address does not.",
        key: "url",
        remedy: "Write https://."
      )
    }
    if !listen.isLoopback, tls == nil, !url.text.hasPrefix("https://") {
      report.warning(
        "tokens are sent unencrypted.",
        key: "listen",
        remedy: "Add \"tls\", or use a TLS proxy and set its address: \"url\": \"https://…\"."
      )
    }
  }

  /// Checks that each token has its own name and secret, so that the audit log can name the caller.
  private func checkTokens(_ report: inout Report) {
    var names: Set<String> = []
    var secrets: Set<Secret> = []
    for (index, token) in tokens.enumerated() {
      if !names.insert(token.name).inserted {
        report.within("[\(index)]") {
          $0.error(
            "the name \"\(token.name)\" is used twice.",
            at: token.offset,
            remedy: "Use a different name for each."
          )
        }
      }
      if !secrets.insert(token.secret).inserted {
        report.within("[\(index)]") {
          $0.error("another token has the same secret.", at: token.offset, remedy: "Use a different secret for each.")
        }
      }
    }
  }

  package var shown: String { listen.shown }
}
