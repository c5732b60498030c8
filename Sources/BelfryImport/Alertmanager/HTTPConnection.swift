// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// `http_config` and `tls_config`: how a receiver connects and logs in.
struct HTTPConnection {
  /// Header fields, with their values, without `Authorization`.
  private var fields: [ImportedValue.Member] = []
  /// Where the configuration stands.
  private var place: YAMLEntry?
  private var login: Login?
  private var tls: [ImportedValue.Member] = []
  /// The place and the URL of the proxy.
  private var proxy: (place: YAMLEntry, url: String)?

  /// How requests prove who sends them.
  private enum Login {
    /// The type and the credentials of `authorization`.
    case credentials(type: String, ImportedSecret)
    /// The value of the key `auth`.
    case auth([ImportedValue.Member])
  }

  /// Reads the receiver's own, or else the one of `global`; only some kinds of channel use a proxy of the environment.
  init(
    _ section: inout YAMLSection,
    receiver: String,
    _ defaults: AlertmanagerDefaults,
    hasEnvironmentProxy: Bool = false,
    _ result: inout ImportedConfiguration
  ) {
    guard let entry = section.take("http_config") ?? defaults.http,
      var http = YAMLSection(entry, &result.report)
    else { return }
    place = entry
    let logins = [
      HTTPConnection.basic(&http, receiver, &result), HTTPConnection.credentials(&http, &result),
      HTTPConnection.grant(&http, receiver, &result),
    ].compactMap(\.self)
    login = logins.first
    if logins.count > 1 {
      result.report.lose(
        entry.path,
        line: entry.line,
        "there are several logins, of which one is carried over.",
        remedy: "Leave one; Alertmanager refuses several too."
      )
    }
    readHeaders(&http, receiver, &result)
    if let entry = http.take("tls_config") { tls = HTTPConnection.tls(entry, &result.report) }
    readProxy(&http, hasEnvironmentProxy, &result.report)
    if let entry = http.take("follow_redirects"), entry.flag(&result.report) == true {
      result.report.change(
        entry.path,
        line: entry.line,
        "redirects are never followed.",
        remedy: "Write the final URL."
      )
    }
    http.change(["enable_http2"], "the version of HTTP is negotiated.", &result.report)
    http.finish(&result.report)
  }

  /// The credentials, if they are a bearer's token.
  var bearer: ImportedSecret? {
    if case .credentials("Bearer", let secret)? = login { secret } else { nil }
  }

  /// Whether a proxy makes the connections.
  var hasProxy: Bool { proxy != nil }

  /// The keys `headers`, `auth`, `tls` and `proxy` of a webhook.
  func keys(
    of receiver: String,
    to url: ImportedSecret,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member] {
    var headers = fields
    var keys: [ImportedValue.Member] = []
    if url.isSentInClear {
      headers.removeAll { if case .expression = $0.value { true } else { false } }
      if let place, headers.count < fields.count || login != nil {
        result.report.lose(
          place.path,
          line: place.line,
          "Belfry sends no credentials to another machine without TLS.",
          remedy: "Write an https URL, and add the login to the channel."
        )
      }
    } else {
      switch login {
      case .credentials("Bearer", let secret)?:
        let reference = secret.reference([receiver, "credentials"], "the credentials of \(receiver)", &result)
        keys.append(.auth([.init("kind", .text("bearer")), .init("token", .expression(reference))]))
      case .credentials(let type, let secret)?:
        let reference = secret.reference([receiver, "credentials"], "the credentials of \(receiver)", &result)
        let value = "\(type.replacing("${", with: "$${")) \(reference)"
        headers.insert(.init("Authorization", .expression(value)), at: 0)
      case .auth(let members)?: keys.append(.auth(members))
      case nil: break
      }
    }
    let fields: [ImportedValue.Member] = headers.isEmpty ? [] : [.init("headers", .object(headers))]
    let isPlain = url.text?.lowercased().hasPrefix("http://") == true
    return fields + keys + connectionKeys(isPlain: isPlain, &result.report)
  }

  /// The keys `tls` and `proxy`; none for TLS if the URL is `http`.
  func connectionKeys(isPlain: Bool = false, _ report: inout ImportReport) -> [ImportedValue.Member] {
    var keys = isPlain ? [] : tls
    if isPlain, let place, !tls.isEmpty {
      report.change(place.path, line: place.line, "the URL is not https: the keys for TLS are left out.")
    }
    if let proxy { keys.append(.init("proxy", .text(proxy.url))) }
    return keys
  }
}

extension ImportedValue.Member {
  fileprivate static func auth(_ members: [ImportedValue.Member]) -> Self { .init("auth", .object(members)) }
}

// MARK: - Logins

extension HTTPConnection {
  private static func basic(
    _ http: inout YAMLSection,
    _ receiver: String,
    _ result: inout ImportedConfiguration
  ) -> Login? {
    guard var basic = http.section("basic_auth", &result.report) else { return nil }
    let user = ImportedSecret(&basic, "username", &result.report)
    let password = ImportedSecret(&basic, "password", &result.report)
    basic.lose(
      ["username_ref", "password_ref"],
      "secrets of another manager are not carried over.",
      remedy: "Write the login as `auth` of the channel.",
      &result.report
    )
    basic.finish(&result.report)
    guard let user, let password, user.text?.contains(":") != true else {
      result.report.lose(
        basic.path,
        line: basic.line,
        "a login needs a password, and a user name without a colon.",
        remedy: "Write the login as `auth` of the channel."
      )
      return nil
    }
    let name: ImportedValue =
      if let text = user.text { .text(text) } else {
        .expression(user.reference([receiver, "username"], "the user name of \(receiver)", &result))
      }
    return .auth([
      .init("kind", .text("basic")), .init("username", name),
      .init(
        "password",
        .expression(password.reference([receiver, "password"], "the password of \(receiver)", &result))
      ),
    ])
  }

  /// The login in a URL as the key `auth`.
  static func auth(
    _ login: ImportedURL.Login,
    of receiver: String,
    line: Int,
    _ result: inout ImportedConfiguration
  ) -> ImportedValue.Member {
    let purpose = "the password of \(receiver), line \(line)"
    let name = result.variableName([receiver, "password"], purpose: purpose, Secret(login.password))
    return .auth([
      .init("kind", .text("basic")), .init("username", .text(login.user)),
      .init("password", .expression("${\(name)}")),
    ])
  }

  private static func credentials(_ http: inout YAMLSection, _ result: inout ImportedConfiguration) -> Login? {
    guard var section = http.section("authorization", &result.report) else { return nil }
    let type = section.text("type", &result.report) ?? "Bearer"
    let secret = ImportedSecret(&section, "credentials", &result.report)
    section.lose(
      ["credentials_ref"],
      "secrets of another manager are not carried over.",
      remedy: "Write the token as `auth` of the channel.",
      &result.report
    )
    section.finish(&result.report)
    return secret.map { .credentials(type: type, $0) }
  }

  /// `oauth2`: an access token for the client itself.
  private static func grant(
    _ http: inout YAMLSection,
    _ receiver: String,
    _ result: inout ImportedConfiguration
  ) -> Login? {
    guard var section = http.section("oauth2", &result.report) else { return nil }
    let client = section.text("client_id", &result.report) ?? ""
    let secret = ImportedSecret(&section, "client_secret", &result.report)
    let url = section.text("token_url", &result.report) ?? ""
    let scopes = section.take("scopes")?.texts(&result.report) ?? []
    var authority: [ImportedValue.Member] = []
    if let entry = section.take("tls_config") {
      let tls = HTTPConnection.tls(entry, &result.report)
      authority = tls.filter { $0.name == "ca" }
      if authority.count < tls.count {
        result.report.lose(
          entry.path,
          line: entry.line,
          "of the TLS keys, only the certificate authority is used to request access tokens.",
          remedy: "Check that the token endpoint needs no more."
        )
      }
    }
    section.lose(
      ["endpoint_params", "proxy_url", "no_proxy", "proxy_connect_header", "proxy_from_environment"],
      "it is not used to request access tokens.",
      remedy: "Use `\"auth\": {\"kind\": \"command\"}` with a program that prints a token.",
      &result.report
    )
    let keyed = [
      "client_secret_ref", "client_certificate_key", "client_certificate_key_file", "client_certificate_key_ref",
      "client_certificate_key_id", "grant_type", "signature_algorithm", "iss", "audience", "claims",
    ]
    section.lose(
      keyed,
      "a signed request for access tokens is not carried over.",
      remedy: "Use `\"auth\": {\"kind\": \"command\"}` with a program that prints a token.",
      &result.report
    )
    section.finish(&result.report)
    guard let secret, !client.isEmpty, url.hasPrefix("https://") || HostName.isLoopback(ImportedURL.host(url) ?? "")
    else {
      result.report.lose(
        section.path,
        line: section.line,
        "access tokens need a client's id and secret, and an https URL.",
        remedy: "Write the login as `auth` of the channel."
      )
      return nil
    }
    var auth: [ImportedValue.Member] = [
      .init("kind", .text("client_credentials")), .init("token_url", .text(url)), .init("client_id", .text(client)),
    ]
    let reference = secret.reference([receiver, "client_secret"], "the client secret of \(receiver)", &result)
    auth.append(.init("client_secret", .expression(reference)))
    if !scopes.isEmpty { auth.append(.init("scope", .text(scopes.joined(separator: " ")))) }
    return .auth(auth + authority)
  }
}

// MARK: - Header fields, proxy and TLS

extension HTTPConnection {
  private mutating func readHeaders(
    _ http: inout YAMLSection,
    _ receiver: String,
    _ result: inout ImportedConfiguration
  ) {
    guard var fields = http.section("http_headers", &result.report) else { return }
    for name in fields.names {
      guard var field = fields.section(name, &result.report) else { continue }
      let values = field.take("values")?.texts(&result.report) ?? []
      let secrets = field.take("secrets")?.texts(&result.report) ?? []
      let files = field.take("files")
      let paths = files?.texts(&result.report) ?? []
      let purpose = "the header field \(name) of \(receiver)"
      if let value = values.first {
        self.fields.append(.init(name, .text(value)))
      } else if let secret = secrets.first {
        self.fields.append(
          .init(name, result.variable([receiver, name], purpose: "\(purpose), line \(field.line)", Secret(secret)))
        )
      } else if let files, let path = paths.first {
        let reference = ImportedSecret.reference(toFile: path, files, &result) {
          $0.variableName([receiver, name], purpose: "\(purpose): the content of \(path)", Secret())
        }
        self.fields.append(.init(name, .expression(reference)))
      }
      if values.count + secrets.count + paths.count > 1 {
        result.report.lose(
          field.path,
          line: field.line,
          "only the first value of the header field is carried over.",
          remedy: "Join the values with commas if the service accepts that."
        )
      }
      field.finish(&result.report)
    }
  }

  private mutating func readProxy(
    _ http: inout YAMLSection,
    _ hasEnvironmentProxy: Bool,
    _ report: inout ImportReport
  ) {
    if let entry = http.take("proxy_url"), let text = entry.text(&report) {
      let url = text.hasSuffix("/") ? String(text.dropLast()) : text
      if WebAddress(url)?.hasPath == false {
        proxy = (entry, url)
      } else {
        report.lose(
          entry.path,
          line: entry.line,
          "a proxy is an http or https URL without a login and without a path.",
          remedy: "Write the proxy as `proxy` of the channel."
        )
      }
    }
    http.lose(
      ["no_proxy"],
      "hosts that are connected to without the proxy are not carried over.",
      remedy: "Remove `proxy` from the channels of those hosts.",
      &report
    )
    http.lose(
      ["proxy_connect_header"],
      "header fields for the proxy are not carried over.",
      remedy: "Let the proxy accept this machine without them.",
      &report
    )
    if let entry = http.take("proxy_from_environment"), entry.flag(&report) == true, !hasEnvironmentProxy {
      report.lose(
        entry.path,
        line: entry.line,
        "a webhook uses no proxy of the environment, because its address could not be checked.",
        remedy: "Write the proxy as `proxy` of the channel."
      )
    }
  }

  /// The keys of a channel for a `tls_config`: `ca`, and the others in `tls`; a channel for mail has only `ca`.
  static func tls(
    _ entry: YAMLEntry,
    isMail: Bool = false,
    _ report: inout ImportReport
  ) -> [ImportedValue.Member] {
    guard var section = YAMLSection(entry, &report) else { return [] }
    let authority = section.text("ca_file", &report)
    section.lose(
      ["ca", "ca_ref"],
      "the certificate authority must be a file.",
      remedy: "Save it as a PEM file, and name it as `ca` of the channel.",
      &report
    )
    section.lose(
      ["cert", "cert_ref", "key", "key_ref"],
      "a client certificate and its key must be files.",
      remedy: "Save them as PEM files, and name them as `tls` of the channel.",
      &report
    )
    var tls: [ImportedValue.Member] = []
    if isMail {
      section.lose(
        ["cert_file", "key_file"],
        "mail is sent without a client certificate.",
        remedy: "Use another way to authenticate.",
        &report
      )
      section.lose(
        ["server_name"],
        "the certificate is compared with the host of the address.",
        remedy: "Use an address whose host is in the certificate.",
        &report
      )
    } else {
      tls = files(&section, &report)
      if let name = section.text("server_name", &report) { tls.append(.init("server_name", .text(name))) }
    }
    if let entry = section.take("insecure_skip_verify"), entry.flag(&report) == true {
      report.lose(
        entry.path,
        line: entry.line,
        "certificates are always verified.",
        remedy: "Save the service's certificate authority as a PEM file, and name it as `ca` of the channel."
      )
    }
    section.change(["min_version", "max_version"], "TLS 1.2 or newer is negotiated.", &report)
    section.finish(&report)
    let ca: [ImportedValue.Member] = authority.map { [.init("ca", .text($0))] } ?? []
    return ca + (tls.isEmpty ? [] : [.init("tls", .object(tls))])
  }

  /// The client certificate with its key, both or neither.
  private static func files(_ section: inout YAMLSection, _ report: inout ImportReport) -> [ImportedValue.Member] {
    let certificate = section.take("cert_file")
    let key = section.take("key_file")
    if let first = certificate?.text(&report), let second = key?.text(&report) {
      return [.init("certificate", .text(first)), .init("key", .text(second))]
    }
    if let alone = certificate ?? key {
      report.lose(
        alone.path,
        line: alone.line,
        "a client certificate needs both `cert_file` and `key_file`.",
        remedy: "Write both as `tls` of the channel."
      )
    }
    return []
  }
}
