// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A server that is queried for its alerts: its address, the login, and the mapping of labels.
package struct AlertServer: Sendable {
  package var url = WebAddress()
  package var every: Period?
  package var stale: Period?
  package var token: Secret?
  package var username: String?
  package var password: Secret?
  package var ca: SourcePath?
  package var addresses = AddressLists()
  package var severity = "severity"
  package var category = "category"

  package init() {}

  /// Checks that there is one complete way to log in, and not in clear.
  func check(_ report: inout Report) {
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
    if url.isClear, token != nil || password != nil {
      report.error("the login would be sent unencrypted.", key: "url", remedy: "Write https://.")
    }
  }
}

/// The settings in `channels.json` of a source that queries such a server.
package protocol AlertServerSettings: SourceKindSettings, AddressRestricting {
  var server: AlertServer { get set }
  /// An example address.
  static var exampleURL: String { get }
}

extension AlertServerSettings {
  package var subject: String { server.url.text }
  package var every: Period? { server.every }
  package var stale: Period? { server.stale }
  package var addresses: AddressLists {
    get { server.addresses }
    set { server.addresses = newValue }
  }
  package func check(_ report: inout Report) {
    server.check(&report)
    checkAddresses(reaching: server.url.host, of: "url", in: report.subject, &report)
  }

  /// The keys common to all of them.
  static var serverFields: [Field<Self>] {
    [
      .required("url", \.server.url, "The server's address, without /api.", example: exampleURL),
      .optional("every", \.server.every, "How often it is polled.", otherwise: SourceSettings.everyOtherwise),
      .optional("stale", \.server.stale, SourceSettings.staleNote, otherwise: SourceSettings.staleOtherwise),
      .optional("token", \.server.token, "A bearer token.", otherwise: "none", example: "${SERVER_TOKEN}"),
      .optional("username", \.server.username, "The user name, with `password`.", otherwise: "none"),
      .optional("password", \.server.password, "The password of `username`.", otherwise: "none"),
      .optional(
        "ca",
        \.server.ca,
        "A PEM file with the authorities to trust instead of the system's.",
        otherwise: "the system's"
      ),
      .optional("severity", \.server.severity, "The label with the severity.", otherwise: "severity"),
      .optional(
        "category",
        \.server.category,
        "The label with the category.",
        otherwise: "category, else the alert's name"
      ),
    ] + Field.addressFields
  }
}
