// SPDX-License-Identifier: Apache-2.0

/// The keys `auth`, `tls` and `proxy` of everything that speaks HTTP.
public struct HTTPOptions: Sendable {
  /// How requests prove who sends them; nil if they do not.
  public var auth: Authorization<HTTPAuthorizationChoice>?
  /// What TLS presents and expects besides the defaults.
  public var tls: TLSOptions?
  /// The proxy; nil for that of the environment.
  public var proxy: ProxyAddress?

  /// Creates options that change nothing.
  public init() {}

  /// The secrets in them, to be masked in a service's answers.
  public var secrets: [Secret] { auth?.secrets ?? [] }
}

/// Settings with an address in `channels.json` that is requested over HTTP.
///
/// Add `Field.httpFields` to the fields, call `checkHTTP` in `check`, and make each request with
/// `HTTPExchange.applying(_:)`.
public protocol HTTPConfigurable: Sendable {
  /// The options.
  var httpOptions: HTTPOptions { get set }
}

extension Field where Root: HTTPConfigurable {
  /// The keys `auth`, `tls` and `proxy`.
  public static var httpFields: [Field] { [authField] + connectionFields }

  /// The key `auth`.
  public static var authField: Field {
    .optional(
      "auth",
      \.httpOptions.auth,
      "How requests prove who sends them: a user name and password, a token, or OAuth 2.",
      otherwise: "none"
    )
  }

  /// The keys `tls` and `proxy`, for a service that has its own way to prove who sends something.
  public static var connectionFields: [Field] {
    [
      .optional(
        "tls",
        \.httpOptions.tls,
        "What TLS presents and expects: authorities, a client certificate, a server name.",
        otherwise: "the system's authorities, and the URL's host"
      ),
      proxyField,
    ]
  }

  /// The key `proxy`.
  public static var proxyField: Field {
    .optional(
      "proxy",
      \.httpOptions.proxy,
      "The proxy to use, or `none` for a direct connection.",
      otherwise: "that of the environment",
      example: "http://proxy.example.com:3128"
    )
  }
}

extension HTTPConfigurable {
  /// Checks the options against each other, the address and the other keys; for `check`.
  ///
  /// - Parameters:
  ///   - url: The value of `key`.
  ///   - key: The key of the address.
  ///   - others: The other keys that log in, as far as they are written.
  ///   - addresses: Whether there are lists of addresses.
  ///   - isChannel: Whether a missing secret only prevents sending.
  ///   - report: Receives the findings.
  public func checkHTTP(
    _ url: some ClearAddress,
    key: String,
    besides others: [String] = [],
    addresses: Bool = false,
    isChannel: Bool = false,
    _ report: inout Report
  ) {
    if let auth = httpOptions.auth {
      auth.reportGap(of: isChannel, &report)
      report.checkConfidential(url, key: key, carrying: "the login")
      if let other = others.first {
        report.error("`auth` and \(other) cannot be combined.", key: "auth", remedy: "Leave one of them out.")
      }
    }
    if httpOptions.tls != nil, url.isPlain {
      report.error(
        "`\(key)` is not an https URL: there is no TLS.",
        key: "tls",
        remedy: "Write https://, or remove it."
      )
    }
    if let tls = httpOptions.tls, !tls.ca.isEmpty, report.subject?["ca"] != nil {
      report.error("`ca` and `tls.ca` cannot be combined.", key: "ca", remedy: "Leave one of them out.")
    }
    if httpOptions.proxy?.isProxy == true, addresses {
      report.error(
        "a proxy makes the connections, so the lists of addresses would not apply.",
        key: "proxy",
        remedy: "Let the proxy restrict the addresses, or remove the lists."
      )
    }
  }
}

extension HTTPExchange {
  /// The request with the options of its settings.
  public func applying(_ options: HTTPOptions) -> HTTPExchange {
    var exchange = self
    if let auth = options.auth {
      if let field = auth.field { exchange.fields.append(field) }
      exchange.grant = auth.grant
    }
    if let tls = options.tls {
      if !tls.ca.isEmpty { exchange.certificateAuthority = tls.ca.text }
      if !tls.certificate.isEmpty {
        exchange.clientCertificate = ClientCertificate(certificate: tls.certificate.text, key: tls.key.text)
      }
      if !tls.serverName.isEmpty { exchange.serverName = tls.serverName }
    }
    if let proxy = options.proxy {
      exchange.proxy = proxy.choice
      // The proxy connects, not this machine. Lists and a proxy were refused; what is left is a default.
      if proxy.isProxy { exchange.addresses = nil }
    }
    return exchange
  }
}

/// The key `tls` of what speaks HTTP.
public struct TLSOptions: FieldRecord {
  /// The certificate authorities to trust instead of the system's.
  public var ca = LocalPath()
  /// The certificate chain that Belfry presents, its own certificate first.
  public var certificate = LocalPath()
  /// The private key of `certificate`.
  public var key = LocalPath()
  /// The name that the server's certificate must have, instead of the URL's host.
  public var serverName = ""

  /// Creates options that change nothing.
  public init() {}

  /// The keys of the object.
  public static let fields: [Field<TLSOptions>] = [
    .optional(
      "ca",
      \.ca,
      "A PEM file with the certificate authorities to trust instead of the system's.",
      otherwise: "the system's"
    ),
    .optional(
      "certificate",
      \.certificate,
      "A PEM file with the client certificate to present, followed by those that lead to an authority.",
      otherwise: "none"
    ),
    .optional("key", \.key, "A PEM file with the private key of `certificate`.", otherwise: "none"),
    .optional(
      "server_name",
      \.serverName,
      "The name to ask for and to find in the server's certificate.",
      otherwise: "the URL's host",
      example: "hooks.example.com"
    ),
  ]

  /// Checks that a certificate comes with its key, and that the name is one.
  public mutating func check(_ node: JSONNode, _ report: inout Report) {
    if node.members?.isEmpty == true { report.error("it is empty.", at: node.offset, remedy: "Remove it.") }
    if certificate.isEmpty != key.isEmpty {
      let (given, missing) = certificate.isEmpty ? ("key", "certificate") : ("certificate", "key")
      report.error("`\(missing)` is missing.", key: given, remedy: "Add `\(missing)`.")
    }
    if !serverName.isEmpty, let fault = HostName.fault(in: serverName[...]) {
      report.error(fault, key: "server_name", remedy: "Write a host name such as hooks.example.com.")
    }
  }

  /// What it contains.
  public var shown: String {
    let parts = [
      ca.isEmpty ? nil : "authorities", certificate.isEmpty ? nil : "a client certificate",
      serverName.isEmpty ? nil : "the name \(serverName)",
    ]
    return parts.compactMap(\.self).joined(separator: ", ")
  }
}

/// The key `proxy`: an `http` or `https` URL of a proxy, or `none` for no proxy.
public struct ProxyAddress: FieldValue, Hashable {
  private let address: WebAddress

  /// Whether there is a proxy.
  public var isProxy: Bool { !address.isEmpty }

  /// For the transport.
  public var choice: ProxyChoice { isProxy ? .through("\(address)") : .direct }

  /// A string.
  public static var shape: FieldShape { .string("a URL such as http://proxy.example.com:3128, or none") }

  /// Reads a URL without a path, or `none`.
  public static func read(_ node: JSONNode, _ report: inout Report) -> ProxyAddress? {
    if node.string == "none" { return ProxyAddress(address: WebAddress()) }
    guard let address = WebAddress.read(node, &report) else { return nil }
    guard !address.hasPath else {
      report.error("a proxy's URL has no path.", at: node.offset, remedy: "Write it as http://host:port.")
      return nil
    }
    return ProxyAddress(address: address)
  }

  /// The address, or `none`.
  public var shown: String { isProxy ? address.shown : "\"none\"" }
}
