// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// A request to the transport, complete down to the bytes, so that a dry run can show it and a test can compare it.
public enum Outgoing: Sendable, Hashable {
  case http(HTTPExchange)
  case mail(MailSubmission)
  case append(FileAppend)
  case process(ProcessRun)
}

/// One HTTP request.
public struct HTTPExchange: Sendable, Hashable {
  /// The method, in capitals.
  public var method: String
  /// An absolute `http` or `https` URL; if `sealed` has one, only the part that may be shown.
  public var url: String
  /// The header fields, sent in this order.
  public var fields: [HTTPField]
  /// The body, empty for none; if `sealed` has one, only the part that may be shown.
  public var body: [UInt8]
  /// The values sent instead of `url` and `body` if they hold a secret.
  public var sealed: Sealed
  /// The addresses that may be connected to; nil for any.
  ///
  /// With a policy no proxy is used, because the policy would not apply to the proxy's connections.
  public var addresses: AddressPolicy?
  /// The time limit, and the size limit for the answer.
  public var limits: ExchangeLimits
  /// A PEM file of certificate authorities to trust instead of the system's; nil for the system's.
  public var certificateAuthority: String?
  /// How to get the access token for the field `Authorization: Bearer`; nil if none is needed.
  ///
  /// The transport requests it. If the service refuses it with 401, the transport sends the request once more with
  /// another one.
  public var grant: OAuthGrant?
  /// The certificate that identifies Belfry to the server; nil for none.
  public var clientCertificate: ClientCertificate?
  /// The name to ask for with TLS, and to find in the server's certificate; nil for the URL's host.
  public var serverName: String?
  /// The proxy; with an address policy, none is used.
  public var proxy = ProxyChoice.environment
  /// Whether to send Belfry's trace context, if tracing is on: the W3C Trace Context field `traceparent`, unless the
  /// request has one already.
  public var isTraced = false

  /// Creates a request.
  public init(
    method: String = "POST",
    url: String,
    fields: [HTTPField] = [],
    body: [UInt8] = [],
    sealed: Sealed = Sealed(),
    addresses: AddressPolicy? = nil,
    limits: ExchangeLimits = ExchangeLimits(),
    certificateAuthority: String? = nil
  ) {
    self.method = method
    self.url = url
    self.fields = fields
    self.body = body
    self.sealed = sealed
    self.addresses = addresses
    self.limits = limits
    self.certificateAuthority = certificateAuthority
  }
}

extension HTTPExchange {
  /// Creates a request whose URL and body may hold secrets.
  ///
  /// Write the URL as a literal: `to: "\(settings.api)/bot\(settings.token)/sendMessage"`.
  public init(
    method: String = "POST",
    to url: SealedText,
    fields: [HTTPField] = [],
    body: SealedText = "",
    addresses: AddressPolicy? = nil,
    limits: ExchangeLimits = ExchangeLimits(),
    certificateAuthority: String? = nil
  ) {
    self.init(
      method: method,
      url: url.shown,
      fields: fields,
      body: Array(body.shown.utf8),
      sealed: Sealed(url: url.sealed, body: body.sealed),
      addresses: addresses,
      limits: limits,
      certificateAuthority: certificateAuthority
    )
  }

  /// Creates a request to an address in `channels.json` and a path under it; the address's secrets are sealed.
  public init(
    method: String = "POST",
    to address: WebAddress,
    path: String = "",
    fields: [HTTPField] = [],
    body: [UInt8] = [],
    addresses: AddressPolicy? = nil,
    limits: ExchangeLimits = ExchangeLimits(),
    certificateAuthority: String? = nil
  ) {
    self.init(
      method: method,
      url: address.text + path,
      fields: fields,
      body: body,
      sealed: Sealed(url: address.sealed.isEmpty ? Secret() : Secret(address.sealed.reveal() + path)),
      addresses: addresses,
      limits: limits,
      certificateAuthority: certificateAuthority
    )
  }

  /// The URL and the body to send, each if it holds a secret and otherwise empty.
  public struct Sealed: Sendable, Hashable {
    /// The whole URL.
    public var url: Secret
    /// The whole body.
    public var body: Secret
    /// Creates a value; by default nothing is secret.
    public init(url: Secret = Secret(), body: Secret = Secret()) {
      self.url = url
      self.body = body
    }
  }
}

/// A client certificate and its key, in PEM files that are read when a connection is made.
public struct ClientCertificate: Sendable, Hashable {
  /// The file with the certificate, followed by those that lead to an authority.
  public var certificate: String
  /// The file with the private key.
  public var key: String

  /// Creates a value from two absolute paths.
  public init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }
}

/// The proxy that a request goes through.
public enum ProxyChoice: Sendable, Hashable {
  /// The one that the environment names for the address, if any.
  case environment
  /// None.
  case direct
  /// The one at this `http` or `https` URL.
  case through(SealedText)
}

/// A header field of an HTTP request.
public struct HTTPField: Sendable, Hashable {
  /// The name as sent.
  public var name: String
  /// The value after the colon.
  public var value: Value

  /// A plain text, or one with a secret.
  public enum Value: Sendable, Hashable, CustomStringConvertible {
    case text(String)
    /// A secret after plain text, such as `Bearer ` and the token.
    case secret(prefix: String, Secret)

    /// The text that may be shown: a secret reads `‹secret›`.
    public var description: String {
      switch self {
      case .text(let text): text
      case .secret(let prefix, let secret): prefix + secret.description
      }
    }
  }

  /// Creates a field that may be shown completely.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = .text(value)
  }

  /// Creates a field that ends in a secret.
  public init(_ name: String, prefix: String = "", secret: Secret) {
    self.name = name
    self.value = .secret(prefix: prefix, secret)
  }

  /// The field `Authorization` for a user name and a password (Basic, RFC 7617).
  public static func basicAuthorization(_ username: String, _ password: Secret) -> HTTPField {
    let pair = Data("\(username):\(password.reveal())".utf8).base64EncodedString()
    return HTTPField("Authorization", prefix: "Basic ", secret: Secret(pair))
  }
}

/// One mail for a submission server (RFC 6409).
public struct MailSubmission: Sendable, Hashable {
  /// The submission server, and the login.
  public var server: MailServer
  /// The envelope's sender, a bare address.
  public var sender: String
  /// The envelope's recipients, bare addresses.
  public var recipients: [String]
  /// The complete message, header and body, with lines ended by CRLF (RFC 5322).
  ///
  /// The transport adds dot stuffing.
  public var message: [UInt8]
  /// The Message-ID, in angle brackets; the reply returns it for the receipt.
  public var messageID: String
  /// The result of earlier attempts; the reply returns it.
  public var progress: Receipt?
  /// The time limit.
  public var limits: ExchangeLimits

  /// Creates a submission.
  public init(
    server: MailServer,
    sender: String,
    recipients: [String],
    message: [UInt8],
    messageID: String = "",
    progress: Receipt? = nil,
    limits: ExchangeLimits = ExchangeLimits()
  ) {
    self.server = server
    self.sender = sender
    self.recipients = recipients
    self.message = message
    self.messageID = messageID
    self.progress = progress
    self.limits = limits
  }
}

/// A submission server, how the connection is secured, and the login.
public struct MailServer: Sendable, Hashable {
  /// How the connection is secured.
  public enum Security: String, Sendable, Hashable, CaseIterable {
    /// TLS from the first byte (RFC 8314), usually port 465.
    case implicit = "tls"
    /// Clear text, then STARTTLS, which must succeed (RFC 3207), usually port 587.
    case startTLS = "starttls"
    case none = "none"
  }

  /// The login.
  public struct Credentials: Sendable, Hashable {
    /// The password or token.
    public enum Proof: Sendable, Hashable {
      case password(Secret)
      /// An access token that the transport requests (`OAUTHBEARER` of RFC 7628, or `XOAUTH2`).
      case token(OAuthGrant)
    }

    /// The user name.
    public var username: String
    /// The password or token.
    public var proof: Proof
    /// Creates credentials with a password.
    public init(username: String, password: Secret) {
      self.username = username
      proof = .password(password)
    }
    /// Creates credentials with access tokens.
    public init(username: String, grant: OAuthGrant) {
      self.username = username
      proof = .token(grant)
    }
  }

  /// The host name or IP address.
  public var host: String
  /// The TCP port.
  public var port: Int
  /// How the connection is secured.
  public var security: Security
  /// The login; nil for none.
  public var credentials: Credentials?
  /// A PEM file of certificate authorities to trust instead of the system's; nil for the system's.
  public var certificateAuthority: String?
  /// The host name in the greeting (RFC 5321 §4.1.4); nil for this machine's.
  public var greetingName: String?

  /// Creates a server.
  public init(
    host: String,
    port: Int,
    security: Security,
    credentials: Credentials? = nil,
    certificateAuthority: String? = nil,
    greetingName: String? = nil
  ) {
    self.host = host
    self.port = port
    self.security = security
    self.credentials = credentials
    self.certificateAuthority = certificateAuthority
    self.greetingName = greetingName
  }
}

/// Complete lines to append to a file.
public struct FileAppend: Sendable, Hashable {
  /// The file, created if missing.
  public var file: ConfinedPath
  /// One or more complete lines, each ended by a newline.
  public var bytes: [UInt8]
  /// The permission bits of a newly created file, such as `0o600`.
  public var permissions: UInt16

  /// Creates an append.
  public init(file: ConfinedPath, bytes: [UInt8], permissions: UInt16 = 0o600) {
    self.file = file
    self.bytes = bytes
    self.permissions = permissions
  }
}

/// A path confined to a folder: `relative` is resolved under `root`, and neither `..` nor a link may lead out of it.
public struct ConfinedPath: Sendable, Hashable, CustomStringConvertible {
  /// The absolute path of the folder that must not be left.
  public var root: String
  /// The path relative to `root`.
  public var relative: String

  /// Creates a path under `root`.
  public init(root: String, relative: String) {
    self.root = root
    self.relative = relative
  }

  /// The whole path, for people.
  public var description: String { root.hasSuffix("/") ? root + relative : root + "/" + relative }
}

/// The time limits of an exchange, and the size limit of the answer.
public struct ExchangeLimits: Sendable, Hashable {
  /// The time from DNS resolution to a usable connection, including TLS.
  public var connect: Duration
  /// The time for the whole exchange, including connecting.
  public var total: Duration
  /// The most bytes of an answer's body; a longer one is a failure.
  public var replyBytes: Int

  /// Creates limits; the defaults suit a service that answers within seconds.
  public init(connect: Duration = .seconds(5), total: Duration = .seconds(10), replyBytes: Int = 1_048_576) {
    self.connect = connect
    self.total = total
    self.replyBytes = replyBytes
  }
}
