// SPDX-License-Identifier: Apache-2.0

/// The key `auth`: how the sender of a request or a mail proves who it is.
///
/// `Choice` lists the ways that a protocol has.
public struct Authorization<Choice: AuthorizationChoice>: FieldRecord {
  private var kind = Choice.usual
  private var username = ""
  private var password = Secret()
  private var token = Secret()
  private var tokenURL = ""
  private var clientID = ""
  private var clientSecret = Secret()
  private var refreshToken = Secret()
  private var scope = ""
  private var command: [String] = []
  private var ca = LocalPath()
  private var emptyKey: (name: String, offset: Int)?

  /// The required key that is empty, for example because its variable is not set; nil if none is.
  public var gap: String? { emptyKey?.name }

  /// Creates the default settings.
  public init() {}

  /// The keys of the object: those that one of the ways uses.
  public static var fields: [Field<Authorization>] {
    let used = Set(Choice.allCases.flatMap(\.way.takes))
    return [.required("kind", \.kind, "How it is proved.", example: Choice.usual.rawValue)]
      + optionalFields.filter { used.contains($0.name) }
  }

  private static var optionalFields: [Field<Authorization>] {
    [
      .optional("username", \.username, "For `basic`: the user name.", otherwise: "none"),
      .optional("password", \.password, "For `basic`: the password.", otherwise: "none", example: "${PASSWORD}"),
      .optional("token", \.token, "For `bearer`: the token.", otherwise: "none", example: "${TOKEN}"),
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
  }

  /// The kind only.
  public var shown: String { kind.rawValue }

  /// How the transport gets an access token; nil if none is requested.
  public var grant: OAuthGrant? {
    let client = OAuthClient(
      tokenURL: tokenURL,
      id: clientID,
      secret: clientSecret,
      scope: scope,
      certificateAuthority: ca.isEmpty ? nil : ca.text
    )
    return switch kind.way {
    case .basic, .bearer: nil
    case .clientCredentials: .clientCredentials(client)
    case .refreshToken: .refreshToken(client, refreshToken)
    case .command: .command(command)
    }
  }

  /// The header field `Authorization` of every request; nil if the transport makes it from an access token.
  public var field: HTTPField? {
    switch kind.way {
    case .basic: .basicAuthorization(username, password)
    case .bearer: HTTPField("Authorization", prefix: "Bearer ", secret: token)
    case .clientCredentials, .refreshToken, .command: nil
    }
  }

  /// The secrets in it.
  public var secrets: [Secret] { [password, token, clientSecret, refreshToken].filter { !$0.isEmpty } }

  /// Checks the keys against the kind.
  public mutating func check(_ node: JSONNode, _ report: inout Report) {
    let way = kind.way
    for member in node.members ?? [] where member.name != "kind" && !way.takes.contains(member.name) {
      report.within(member.name) {
        $0.error("\"\(kind.rawValue)\" does not use it.", at: member.offset, remedy: "Leave it out.")
      }
    }
    for name in way.needs {
      guard let value = node[name] else {
        report.error("`\(name)` is missing; \"\(kind.rawValue)\" requires it.", at: node.offset, remedy: "Add it.")
        continue
      }
      guard value.string == "" || value.elements?.isEmpty == true else { continue }
      emptyKey = emptyKey ?? (name, value.offset)
      report.within(name) { $0.noteMissingSecret(value.substitution?.names ?? "") }
    }
    if username.utf8.contains(UInt8(ascii: ":")) {
      // RFC 7617 §2: the first colon ends the name.
      report.error("a user name must not contain a colon.", key: "username", remedy: "Correct it.")
    }
    for word in node["command"]?.elements ?? [node["command"]].compactMap(\.self) { report.seal(variablesOf: word) }
    checkURL(node, &report)
  }

  private func checkURL(_ node: JSONNode, _ report: inout Report) {
    guard !tokenURL.isEmpty, let value = node["token_url"] else { return }
    guard let address = report.within("token_url", { WebAddress.read(value, &$0) }) else { return }
    report.checkConfidential(address, key: "token_url", carrying: "secrets")
  }

  /// Reports a required key that is empty: a channel then sends nothing, anything else does not start.
  public func reportGap(of channel: Bool, _ report: inout Report) {
    guard let emptyKey else { return }
    report.within("auth") { report in
      report.within(emptyKey.name) {
        if channel {
          $0.warning("it is empty: nothing can be sent.", at: emptyKey.offset, remedy: "Set it.")
        } else {
          $0.error("it is empty.", at: emptyKey.offset, remedy: "Set it.")
        }
      }
    }
  }
}

/// The ways to prove who sends something, as a protocol has them.
public protocol AuthorizationChoice: FieldChoice {
  /// The first in the documentation.
  static var usual: Self { get }
  /// What the word means.
  var way: AuthorizationWay { get }
}

/// A way to prove who sends something.
public enum AuthorizationWay: Sendable, Hashable {
  /// A user name and a password in every request (RFC 7617).
  case basic
  /// A token that does not change, in every request (RFC 6750).
  case bearer
  /// An access token for the client itself (RFC 6749 §4.4).
  case clientCredentials
  /// An access token for a user who granted a refresh token (RFC 6749 §6).
  case refreshToken
  /// An access token that a program prints.
  case command

  /// The required keys.
  var needs: [String] {
    switch self {
    case .basic: ["username", "password"]
    case .bearer: ["token"]
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
    case .basic, .bearer, .command: needs
    }
  }
}

/// The ways of HTTP.
public enum HTTPAuthorizationChoice: String, AuthorizationChoice {
  case basic
  case bearer
  case clientCredentials = "client_credentials"
  case refreshToken = "refresh_token"
  case command

  /// A token that does not change.
  public static let usual = HTTPAuthorizationChoice.bearer

  /// What the word means.
  public var way: AuthorizationWay {
    switch self {
    case .basic: .basic
    case .bearer: .bearer
    case .clientCredentials: .clientCredentials
    case .refreshToken: .refreshToken
    case .command: .command
    }
  }
}
