// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// The settings of a `webhook` channel in `channels.json`.
public struct WebhookSettings: ChannelSettings {
  /// The HTTP method: one of those that carry a body.
  public enum Method: String, FieldChoice {
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
  }

  /// The URL to send notices to.
  public var url = WebhookAddress()
  /// The HTTP method.
  public var method = Method.post
  /// Header fields besides those of every request.
  public var headers = WebhookHeaders()
  /// The body, with placeholders; the whole notice if there is none.
  public var body: BodyTemplate?
  /// The keys to sign requests with; each adds a signature.
  public var signingSecrets: [SigningSecret] = []
  /// The addresses that may be connected to besides the public internet, and those that may not.
  public var addresses = AddressLists()
  /// The largest body, in bytes.
  public var maxBody = ByteLimit(20_000)
  /// The certificate authorities to trust instead of the system's.
  public var ca = LocalPath()

  /// Creates the default settings.
  public init() {}

  /// The keys of this kind.
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

  /// Checks that no secret is sent in clear, and reports an address to which nothing can be sent.
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
