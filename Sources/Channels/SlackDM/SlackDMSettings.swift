// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// The settings of a `slack-dm` channel in `channels.json`.
public struct SlackDMSettings: ChannelSettings, HTTPConfigurable {
  /// The app's bot token, with the scope `chat:write`.
  public var token = Secret()
  /// The recipient of the message.
  public var user = SlackRecipient()
  /// The base URL of Slack's methods.
  public var api = WebAddress("https://slack.com/api") ?? WebAddress()
  /// The certificate authorities to trust instead of the system's.
  public var ca = LocalPath()
  /// The keys `tls` and `proxy`.
  public var httpOptions = HTTPOptions()

  /// Creates the default settings.
  public init() {}

  /// The keys of this kind.
  public static let fields: [Field<Self>] = ownFields + Field.connectionFields

  private static let ownFields: [Field<Self>] = [
    .required(
      "token",
      \.token,
      "The app's bot token, with the scope chat:write; and im:write and im:history, to check whether a message arrived.",
      example: "${SLACK_BOT_TOKEN}"
    ),
    .required("user", \.user, "The recipient: the id of a user or a channel.", example: "U012ABCDEF"),
    .optional("api", \.api, "The base URL of the Slack API; change it for a test or a proxy."),
    .optional("ca", \.ca, "A PEM file with the certificate authorities to trust instead of the system's."),
  ]

  /// Checks that the token is not sent in clear.
  public func check(_ report: inout Report) {
    report.checkConfidential(api, key: "api")
    checkHTTP(api, key: "api", isChannel: true, &report)
  }
}

/// The ID of a user (`U…`, `W…`) or of a conversation (`C…`, `D…`, `G…`).
public struct SlackRecipient: FieldValue, Hashable {
  /// The ID; empty if none is given.
  public var id: String

  /// Creates a recipient; none by default.
  public init(_ id: String = "") { self.id = id }

  /// Whether no ID is given.
  public var isEmpty: Bool { id.isEmpty }

  /// A string.
  public static var shape: FieldShape { .string("a Slack id such as U012ABCDEF") }

  /// Reads an ID; a name is reported as an error, because Slack does not accept names.
  public static func read(_ node: JSONNode, _ report: inout Report) -> SlackRecipient? {
    guard let id = String.read(node, &report) else { return nil }
    let isID = id.utf8.count >= 2 && id.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
    guard isID, let first = id.first, "UWCDG".contains(first) else {
      report.error(
        "\"\(id)\" is not a Slack id.",
        at: node.offset,
        remedy: "Copy the member id from the person's profile in Slack; it begins with U or W."
      )
      return nil
    }
    return SlackRecipient(id)
  }

  /// The ID in quotes.
  public var shown: String { isEmpty ? "none" : "\"\(id)\"" }
}
