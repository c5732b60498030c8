// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// The key `auth`: how to get access tokens to use instead of a password.
public struct MailAuthorization: FieldRecord {
  /// The ways to get a token.
  enum Kind: String, FieldChoice {
    case clientCredentials = "client_credentials"
    case refreshToken = "refresh_token"
    case command

    /// The required keys.
    var needs: [String] {
      switch self {
      case .clientCredentials: ["token_url", "client_id", "client_secret"]
      case .refreshToken: ["token_url", "client_id", "refresh_token"]
      case .command: ["command"]
      }
    }

    /// The allowed keys.
    var takes: [String] {
      switch self {
      case .clientCredentials: needs + ["scope", "ca"]
      case .refreshToken: needs + ["client_secret", "scope", "ca"]
      case .command: needs
      }
    }
  }

  private var kind = Kind.clientCredentials
  private var tokenURL = ""
  private var clientID = ""
  private var clientSecret = Secret()
  private var refreshToken = Secret()
  private var scope = ""
  private var command: [String] = []
  private var ca = LocalPath()
  /// The required key that is empty, for example because its variable is not set; nil if none is.
  private(set) var gap: String?

  /// Creates the default settings.
  public init() {}

  /// The keys of the object.
  public static let fields: [Field<MailAuthorization>] = [
    .required("kind", \.kind, "How tokens are obtained.", example: "client_credentials"),
    .optional(
      "token_url",
      \.tokenURL,
      "The token endpoint, over https.",
      otherwise: "none",
      example: "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token"
    ),
    .optional("client_id", \.clientID, "The client id.", otherwise: "none"),
    .optional("client_secret", \.clientSecret, "The client secret.", otherwise: "none", example: "${CLIENT_SECRET}"),
    .optional("refresh_token", \.refreshToken, "The refresh token.", otherwise: "none", example: "${REFRESH_TOKEN}"),
    .optional(
      "scope",
      \.scope,
      "The scope to request.",
      otherwise: "the server's default",
      example: "https://outlook.office365.com/.default"
    ),
    .optional(
      "command",
      \.command,
      "A program that prints a token, and its arguments; no shell is involved.",
      otherwise: "none"
    ),
    .optional("ca", \.ca, "A PEM file with the authorities to trust at `token_url`.", otherwise: "the system's"),
  ]

  /// The kind only.
  public var shown: String { kind.rawValue }

  /// The grant for the transport.
  var grant: OAuthGrant {
    let client = OAuthClient(
      tokenURL: tokenURL,
      id: clientID,
      secret: clientSecret,
      scope: scope,
      certificateAuthority: ca.isEmpty ? nil : ca.text
    )
    return switch kind {
    case .clientCredentials: .clientCredentials(client)
    case .refreshToken: .refreshToken(client, refreshToken)
    case .command: .command(command)
    }
  }

  var secrets: [Secret] { [clientSecret, refreshToken] }

  /// Checks the keys against the kind.
  public mutating func check(_ node: JSONNode, _ report: inout Report) {
    for member in node.members ?? [] where member.name != "kind" && !kind.takes.contains(member.name) {
      report.within(member.name) {
        $0.error("\"\(kind.rawValue)\" does not use it.", at: member.offset, remedy: "Leave it out.")
      }
    }
    for name in kind.needs {
      guard let value = node[name] else {
        report.error("`\(name)` is missing; \"\(kind.rawValue)\" requires it.", at: node.offset, remedy: "Add it.")
        continue
      }
      guard value.string == "" || value.elements?.isEmpty == true else { continue }
      gap = gap ?? name
      report.within(name) { $0.warning("it is empty: nothing can be sent.", at: value.offset, remedy: "Set it.") }
    }
    for word in node["command"]?.elements ?? [node["command"]].compactMap(\.self) { report.seal(variablesOf: word) }
    checkURL(node, &report)
  }

  private func checkURL(_ node: JSONNode, _ report: inout Report) {
    guard !tokenURL.isEmpty, let value = node["token_url"] else { return }
    guard let address = report.within("token_url", { WebAddress.read(value, &$0) }) else { return }
    report.checkConfidential(address, key: "token_url", carrying: "secrets")
  }
}
