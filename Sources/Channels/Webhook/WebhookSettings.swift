// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// The settings of a `webhook` channel in `channels.json`.
public struct WebhookSettings: ChannelSettings, HTTPConfigurable {
  /// The HTTP method: one of those that carry a body.
  public enum Method: String, FieldChoice {
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
  }

  /// The format of the body, if there is no template.
  public enum Format: String, FieldChoice {
    case belfry
    case alertmanager
  }

  /// The URL to send notices to.
  public var url = WebhookAddress()
  /// The HTTP method.
  public var method = Method.post
  /// Header fields besides those of every request.
  public var headers = HeaderFields()
  /// The body, with placeholders; the whole notice if there is none.
  public var body: BodyTemplate?
  /// The format of the body if there is no template.
  public var format = Format.belfry
  /// The keys to sign requests with; each adds a signature.
  public var signingSecrets: [SigningSecret] = []
  /// The addresses that may be connected to besides the public internet, and those that may not.
  public var addresses = AddressLists()
  /// The largest body, in bytes.
  public var maxBody = 20_000
  /// The certificate authorities to trust instead of the system's.
  public var ca = LocalPath()
  /// The keys `auth`, `tls` and `proxy`.
  public var httpOptions = HTTPOptions()

  /// Creates the default settings.
  public init() {}

  /// The keys of this kind.
  public static let fields: [Field<Self>] = ownFields + Field.httpFields

  private static let ownFields: [Field<Self>] = [
    .required(
      "url",
      \.url,
      "The URL to send to; a value from a variable is not shown.",
      example: "${WEBHOOK_URL}"
    ),
    .optional("method", \.method, "The HTTP method."),
    .optional("headers", \.headers, "Header fields, by name. A value that refers to a variable is a secret."),
    .optional("body", \.body, "The body: any JSON, with placeholders such as {{title}} in its texts."),
    .optional(
      "format",
      \.format,
      "The format of the body: the whole notice, or the body that Alertmanager sends (version 4)."
    ),
    .optional(
      "signing_secrets",
      \.signingSecrets,
      "Standard Webhooks keys; each adds a signature, so that keys can be rotated.",
      example: "${WEBHOOK_SECRET}"
    ),
    .optional(
      "allow_addresses",
      \.addresses.allowed,
      "Hosts, addresses and networks outside the public internet that may be connected to.",
      example: "10.0.0.0/8"
    ),
    .optional(
      "deny_addresses",
      \.addresses.denied,
      "Hosts, addresses and networks never to connect to.",
      example: "198.51.100.0/24"
    ),
    .optional(
      "max_body",
      \.maxBody,
      in: 4_096...1_048_576,
      "The maximum size of a body in bytes; longer messages are cut, with a note.",
      example: "20000"
    ),
    .optional("ca", \.ca, "A PEM file with the certificate authorities to trust instead of the system's."),
  ]

  /// Checks that no secret is sent in clear, and reports an address to which nothing can be sent.
  public func check(_ report: inout Report) {
    if headers.hasSecret || body?.hasSecret == true { report.checkConfidential(url, key: "url", carrying: "a secret") }
    checkHTTP(
      url,
      key: "url",
      besides: headers.names("authorization") ? ["the header field Authorization"] : [],
      addresses: addresses != AddressLists(),
      isChannel: true,
      &report
    )
    if httpOptions.proxy?.isProxy != true {
      let policy = addresses.policyBesidesPublicInternet
      addresses.check(policy, reaching: url.host, of: "url", in: report.subject, &report)
    }
    if signingSecrets.isEmpty, report.subject?["signing_secrets"] != nil {
      report.warning("it is empty: requests are not signed.", key: "signing_secrets", remedy: "Set the variable.")
    }
    if body != nil, report.subject?["format"] != nil {
      report.error("`body` and `format` cannot be combined.", key: "format", remedy: "Leave one of them out.")
    }
    guard let body, body.leastBytes > maxBody else { return }
    report.error("the template alone exceeds `max_body`.", key: "body", remedy: "Shorten it, or raise that.")
  }
}
