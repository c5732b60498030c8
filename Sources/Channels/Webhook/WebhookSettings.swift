// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// What `channels.json` says of a webhook.
public struct WebhookSettings: ChannelSettings {
  /// How a request asks: the methods that carry a body.
  public enum Method: String, FieldChoice {
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
  }

  /// Where notices are sent to.
  public var url = WebhookAddress()
  /// How the request asks.
  public var method = Method.post
  /// Header fields besides those of every request.
  public var headers = WebhookHeaders()
  /// The body, with placeholders; the whole notice when there is none.
  public var body: BodyTemplate?
  /// The keys that requests are signed with, each with its own signature.
  public var signingSecrets: [SigningSecret] = []
  /// What may be connected to besides the public internet, and what may not.
  public var addresses = AddressLists()
  /// The most that a body may have, in bytes.
  public var maxBody = ByteLimit(20_000)
  /// The certificate authorities to trust instead of the system's.
  public var ca = LocalPath()

  /// The defaults.
  public init() {}

  /// Every key of this kind.
  public static let fields: [Field<Self>] = [
    .required(
      "url",
      \.url,
      "Where notices are sent to; what a variable gives is not shown.",
      example: "${WEBHOOK_URL}"
    ),
    .optional("method", \.method, "How the request asks."),
    .optional("headers", \.headers, "Header fields, by name; a value with a variable is a secret."),
    .optional("body", \.body, "The body: any JSON, with placeholders such as {{title}} in its texts."),
    .optional(
      "signing_secrets",
      \.signingSecrets,
      "Keys of Standard Webhooks; each adds a signature, so that they can be changed one after the other.",
      example: "${WEBHOOK_SECRET}"
    ),
    .optional(
      "allow_addresses",
      \.addresses.allowed,
      "Hosts, addresses and networks that may be connected to though they are not of the public internet.",
      example: "10.0.0.0/8"
    ),
    .optional(
      "deny_addresses",
      \.addresses.denied,
      "Hosts, addresses and networks that are never connected to.",
      example: "198.51.100.0/24"
    ),
    .optional("max_body", \.maxBody, "The most bytes of a body: what is longer is cut, visibly.", example: "20000"),
    .optional("ca", \.ca, "A PEM file with the certificate authorities to trust instead of the system's."),
  ]

  /// A secret does not travel in clear, and where nothing can be sent that is told now.
  public func check(_ report: inout Report) {
    if url.isClear, headers.hasSecret || body?.hasSecret == true {
      report.error("a secret would cross the network in clear.", key: "url", remedy: "Write https://.")
    }
    let policy = addresses.policyBesidesPublicInternet
    addresses.check(policy, reaching: url.host, of: "url", in: report.subject, &report)
    if signingSecrets.isEmpty, report.subject?["signing_secrets"] != nil {
      report.warning("it is empty: requests are not signed.", key: "signing_secrets", remedy: "Set the variable.")
    }
    guard let body, body.leastBytes > maxBody.bytes else { return }
    report.error("the template alone is longer than `max_body`.", key: "body", remedy: "Shorten it, or raise that.")
  }
}
