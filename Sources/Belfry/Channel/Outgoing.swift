// SPDX-License-Identifier: Apache-2.0

/// What a channel asks of the transport, complete down to the bytes, so that a dry run can show it and a test can
/// compare it.
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
  /// An absolute `http` or `https` URL; only what may be shown of it where `sealed` has one.
  public var url: String
  /// The header fields, sent in this order.
  public var fields: [HTTPField]
  /// The body; empty for none, and only what may be shown of it where `sealed` has one.
  public var body: [UInt8]
  /// What is sent in place of `url` and `body` where they hold a secret.
  public var sealed: Sealed
  /// Which addresses may be connected to; nil for any.
  ///
  /// With a policy no proxy is used: it would connect to where the policy does not reach.
  public var addresses: AddressPolicy?
  /// How long it may take and how much may come back.
  public var limits: ExchangeLimits
  /// A PEM file with the certificate authorities to trust instead of the system's; nil for the system's.
  public var certificateAuthority: String?
  /// Whether the other side is told which trace the request belongs to, where Belfry records traces: a field `traceparent`
  /// of W3C Trace Context, unless there is one.
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
  /// Creates a request to an address of `channels.json`, and a path below it; what is secret in the address is sealed.
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

  /// The URL and the body as they are sent, each where it holds a secret and empty where it does not.
  public struct Sealed: Sendable, Hashable {
    /// The whole URL.
    public var url: Secret
    /// The whole body.
    public var body: Secret
    /// Creates a value; without arguments nothing is secret.
    public init(url: Secret = Secret(), body: Secret = Secret()) {
      self.url = url
      self.body = body
    }
  }
}

/// A header field of an HTTP request.
public struct HTTPField: Sendable, Hashable {
  /// The name as it is sent.
  public var name: String
  /// What stands after the colon.
  public var value: Value

  /// A plain text, or one that holds a secret.
  public enum Value: Sendable, Hashable, CustomStringConvertible {
    case text(String)
    /// A secret after a word that is not: `Bearer ` and the token.
    case secret(prefix: String, Secret)

    /// What may be shown: a secret reads `‹secret›`.
    public var description: String {
      switch self {
      case .text(let text): text
      case .secret(let prefix, let secret): prefix + secret.description
      }
    }
  }

  /// Creates a field that may be shown whole.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = .text(value)
  }

  /// Creates a field that ends in a secret.
  public init(_ name: String, prefix: String = "", secret: Secret) {
    self.name = name
    self.value = .secret(prefix: prefix, secret)
  }
}

/// One mail to hand to a submission server (RFC 6409).
public struct MailSubmission: Sendable, Hashable {
  /// Where it is submitted, and as whom.
  public var server: MailServer
  /// The envelope's sender, a bare address.
  public var sender: String
  /// The envelope's recipients, bare addresses.
  public var recipients: [String]
  /// The whole message, header and body, lines ended by CRLF (RFC 5322).
  ///
  /// Dot-stuffing is the transport's.
  public var message: [UInt8]
  /// The message's own identity, in angle brackets: the reply carries it back, for the receipt.
  public var messageID: String
  /// What earlier attempts came to: the reply carries it back.
  public var progress: Receipt?
  /// How long it may take.
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

/// Where mail is submitted, how the line is secured, and as whom.
public struct MailServer: Sendable, Hashable {
  /// How the connection is secured.
  public enum Security: String, Sendable, Hashable, CaseIterable {
    /// TLS from the first byte (RFC 8314), usually port 465.
    case implicit = "tls"
    /// Plain at first, then STARTTLS, which must succeed (RFC 3207), usually port 587.
    case startTLS = "starttls"
    case none = "none"
  }

  /// Who logs in.
  public struct Credentials: Sendable, Hashable {
    /// What proves who logs in.
    public enum Proof: Sendable, Hashable {
      case password(Secret)
      /// An access token, which the transport gets (`OAUTHBEARER` of RFC 7628, or `XOAUTH2`).
      case token(OAuthGrant)
    }

    /// The name to log in with.
    public var username: String
    /// What goes with it.
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

  /// The host name or address.
  public var host: String
  /// The TCP port.
  public var port: Int
  /// How the connection is secured.
  public var security: Security
  /// Who logs in; nil for no login.
  public var credentials: Credentials?
  /// A PEM file with the certificate authorities to trust instead of the system's; nil for the system's.
  public var certificateAuthority: String?

  /// Creates a server.
  public init(
    host: String,
    port: Int,
    security: Security,
    credentials: Credentials? = nil,
    certificateAuthority: String? = nil
  ) {
    self.host = host
    self.port = port
    self.security = security
    self.credentials = credentials
    self.certificateAuthority = certificateAuthority
  }
}

/// Whole lines to append to a file.
public struct FileAppend: Sendable, Hashable {
  /// The file, made when it is not there.
  public var file: ConfinedPath
  /// One or more whole lines, each ended by a newline.
  public var bytes: [UInt8]
  /// The permission bits of the file when it is made, such as `0o600`.
  public var permissions: UInt16

  /// Creates an append.
  public init(file: ConfinedPath, bytes: [UInt8], permissions: UInt16 = 0o600) {
    self.file = file
    self.bytes = bytes
    self.permissions = permissions
  }
}

/// A path that must stay in a folder: `relative` is looked up below `root`, and neither `..` nor a link may lead out of
/// it.
public struct ConfinedPath: Sendable, Hashable, CustomStringConvertible {
  /// An absolute path of the folder that must not be left.
  public var root: String
  /// The path below `root`.
  public var relative: String

  /// Creates a path below `root`.
  public init(root: String, relative: String) {
    self.root = root
    self.relative = relative
  }

  /// The whole path, for a person to read.
  public var description: String { root.hasSuffix("/") ? root + relative : root + "/" + relative }
}

/// How long an exchange may take and how much the other side may answer.
public struct ExchangeLimits: Sendable, Hashable {
  /// From looking up the name to a usable connection, TLS included.
  public var connect: Duration
  /// The whole exchange, the connecting included.
  public var total: Duration
  /// Bytes of an answer's body; one that is longer is a failure.
  public var replyBytes: Int

  /// Creates limits; the defaults fit a service that answers within seconds.
  public init(connect: Duration = .seconds(5), total: Duration = .seconds(10), replyBytes: Int = 1_048_576) {
    self.connect = connect
    self.total = total
    self.replyBytes = replyBytes
  }
}
