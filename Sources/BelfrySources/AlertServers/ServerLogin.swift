// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// How to reach a server that is polled over HTTP: the login, the authorities to trust, and the addresses to connect to.
package struct ServerLogin: Sendable {
  package var token: Secret?
  package var username: String?
  package var password: Secret?
  package var ca: SourcePath?
  package var addresses = AddressLists()
  package var httpOptions = HTTPOptions()

  package init() {}

  /// The header field that logs in; nil without a login.
  var field: HTTPField? {
    if let token, !token.isEmpty { return HTTPField("Authorization", prefix: "Bearer ", secret: token) }
    guard let username, let password else { return nil }
    return .basicAuthorization(username, password)
  }

  /// Checks that there is one complete way to log in, and that it does not cross a network in clear.
  func check(_ url: some ClearAddress, _ report: inout Report) {
    if token != nil, username != nil || password != nil {
      let remedy = "Write `token`, or `username` and `password`."
      report.error("`token` and `password` cannot be combined.", key: "token", remedy: remedy)
    }
    if password != nil, username == nil {
      report.error("`username` is missing.", key: "password", remedy: "Add `username`.")
    }
    if username != nil, password == nil {
      report.error("`password` is missing.", key: "username", remedy: "Add `password`.")
    }
    if username?.contains(":") == true {
      // RFC 7617 §2: the first colon ends the name.
      report.error("a user name must not contain a colon.", key: "username", remedy: "Correct it.")
    }
    if token != nil || password != nil { report.checkConfidential(url, key: "url", carrying: "the login") }
  }
}

/// The settings of a source that polls a server over HTTP.
package protocol ServerSettings: SourceSettings, AddressRestricting, HTTPConfigurable {
  var login: ServerLogin { get set }
}

extension ServerSettings {
  package var addresses: AddressLists {
    get { login.addresses }
    set { login.addresses = newValue }
  }

  package var httpOptions: HTTPOptions {
    get { login.httpOptions }
    set { login.httpOptions = newValue }
  }

  /// Checks the login, the options and the addresses; `others` are the other keys that log in.
  func checkLogin(_ url: some ClearAddress, host: String, besides others: [String] = [], _ report: inout Report) {
    login.check(url, &report)
    let own = login.token != nil || login.password != nil ? ["`token` or `password`"] : []
    checkHTTP(url, key: "url", besides: own + others, addresses: addresses != AddressLists(), &report)
    checkAddresses(reaching: host, of: "url", in: report.subject, &report)
  }

  /// The keys common to all of them.
  static var loginFields: [Field<Self>] {
    [
      .optional("token", \.login.token, "A bearer token.", otherwise: "none", example: "${SERVER_TOKEN}"),
      .optional("username", \.login.username, "The user name, with `password`.", otherwise: "none"),
      .optional("password", \.login.password, "The password of `username`.", otherwise: "none"),
      .optional(
        "ca",
        \.login.ca,
        "A PEM file with the authorities to trust instead of the system's.",
        otherwise: "the system's"
      ),
    ] + Field.httpFields + Field.addressFields
  }
}
