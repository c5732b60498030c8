// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Foundation

/// `http_config` and `tls_config`: how a receiver connects.
struct HTTPConnection {
  /// Header fields, with their values, without those of `authorization`.
  private var fields: [ImportedValue.Member] = []
  /// Where the configuration stands.
  private var place: YAMLEntry?
  /// The type and the credentials of `authorization`.
  private var authorization: (type: String, credentials: ImportedSecret)?
  /// The keys for TLS.
  var tls: [ImportedValue.Member] = []

  /// Reads the receiver's own, or else the one of `global`.
  init(
    _ section: inout YAMLSection,
    receiver: String,
    _ defaults: AlertmanagerDefaults,
    _ result: inout ImportedConfiguration
  ) {
    guard let entry = section.take("http_config") ?? defaults.http,
      var http = YAMLSection(entry, &result.report)
    else { return }
    place = entry
    readCredentials(&http, receiver, &result)
    readHeaders(&http, receiver, &result)
    if let entry = http.take("tls_config") { tls = HTTPConnection.tls(entry, &result.report) }
    http.lose(
      ["oauth2"],
      "the channel requests no access tokens.",
      remedy: "Use a static token, or an `exec` channel.",
      &result.report
    )
    http.lose(
      ["proxy_url", "no_proxy", "proxy_connect_header"],
      "the proxy is not carried over: a webhook connects directly, so that its address can be checked.",
      remedy: "Permit the connection, or use an `exec` channel.",
      &result.report
    )
    if let entry = http.take("proxy_from_environment"), entry.flag(&result.report) == true {
      result.report.lose(
        entry.path,
        line: entry.line,
        "a webhook uses no proxy.",
        remedy: "Permit the connection, or use an `exec` channel."
      )
    }
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
  var bearer: ImportedSecret? { authorization.flatMap { $0.type == "Bearer" ? $0.credentials : nil } }

  /// The key `headers` of a webhook; none if there are no header fields.
  func headers(
    of receiver: String,
    to url: ImportedSecret,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member] {
    var headers = fields
    if url.isSentInClear {
      headers.removeAll { if case .expression = $0.value { true } else { false } }
      if let place, headers.count < fields.count || authorization != nil {
        result.report.lose(
          place.path,
          line: place.line,
          "Belfry sends no credentials to another machine without TLS.",
          remedy: "Write an https URL, and add the header field to the channel."
        )
      }
    } else if let (type, credentials) = authorization {
      let reference = credentials.reference([receiver, "credentials"], "the credentials of \(receiver)", &result)
      headers.insert(.init("Authorization", .expression("\(type.replacing("${", with: "$${")) \(reference)")), at: 0)
    }
    return headers.isEmpty ? [] : [.init("headers", .object(headers))]
  }

  private mutating func readCredentials(
    _ http: inout YAMLSection,
    _ receiver: String,
    _ result: inout ImportedConfiguration
  ) {
    if var basic = http.section("basic_auth", &result.report) {
      let user = basic.text("username", &result.report) ?? ""
      basic.lose(
        ["username_file"],
        "the user name is not read from a file.",
        remedy: "Write it into the variable of the header field Authorization.",
        &result.report
      )
      let password = ImportedSecret(&basic, "password", &result.report)
      let value = password?.text.map { Secret("Basic " + Data("\(user):\($0)".utf8).base64EncodedString()) }
      let name = result.variableName(
        [receiver, "authorization"],
        purpose: "\"Basic \" and the Base64 of \(user):PASSWORD, line \(basic.line)",
        value ?? Secret()
      )
      fields.append(.init("Authorization", .expression("${\(name)}")))
      basic.finish(&result.report)
    }
    guard var section = http.section("authorization", &result.report) else { return }
    let type = section.text("type", &result.report) ?? "Bearer"
    authorization = ImportedSecret(&section, "credentials", &result.report).map { (type, $0) }
    section.finish(&result.report)
  }

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
      let files = field.take("files")?.texts(&result.report) ?? []
      if let value = values.first {
        self.fields.append(.init(name, .text(value)))
      } else if !secrets.isEmpty || !files.isEmpty {
        let purpose = "the header field \(name) of \(receiver)" + (files.first.map { ": the content of \($0)" } ?? "")
        self.fields.append(
          .init(name, result.variable([receiver, name], purpose: purpose, Secret(secrets.first ?? "")))
        )
      }
      if values.count + secrets.count + files.count > 1 {
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

  /// The keys of a channel for a `tls_config`.
  static func tls(_ entry: YAMLEntry, _ report: inout ImportReport) -> [ImportedValue.Member] {
    guard var section = YAMLSection(entry, &report) else { return [] }
    let authority = section.text("ca_file", &report)
    section.lose(
      ["ca", "ca_ref"],
      "the certificate authority must be a file.",
      remedy: "Save it as a PEM file, and name it as `ca` of the channel.",
      &report
    )
    section.lose(
      ["cert", "cert_file", "cert_ref", "key", "key_file", "key_ref"],
      "the channel presents no client certificate.",
      remedy: "Use another way to authenticate, or an `exec` channel.",
      &report
    )
    section.lose(
      ["server_name"],
      "the certificate is compared with the host of the address.",
      remedy: "Use an address whose host is in the certificate.",
      &report
    )
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
    return authority.map { [.init("ca", .text($0))] } ?? []
  }
}
