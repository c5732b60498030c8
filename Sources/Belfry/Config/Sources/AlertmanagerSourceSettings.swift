// SPDX-License-Identifier: Apache-2.0

/// An Alertmanager that is asked for the alerts it holds.
package struct AlertmanagerSourceSettings: SourceKindSettings {
  package var url = WebAddress()
  package var every: Period?
  package var stale: Period?
  package var token: Secret?
  package var username: String?
  package var password: Secret?
  package var ca: SourcePath?
  package var includesSilenced = false
  package var includesInhibited = false
  package var severity = "severity"
  package var category = "category"
  package var note = ""

  package init() {}

  package static let kind = "alertmanager"
  package static let fields: [Field<AlertmanagerSourceSettings>] = [
    .required("url", \.url, "The server's address, without /api.", example: "http://localhost:9093"),
    .optional("every", \.every, "How often it is asked.", otherwise: SourceSettings.everyOtherwise),
    .optional("stale", \.stale, SourceSettings.staleNote, otherwise: SourceSettings.staleOtherwise),
    .optional("token", \.token, "A bearer token.", otherwise: "none", example: "${ALERTMANAGER_TOKEN}"),
    .optional("username", \.username, "Who logs in, with `password`.", otherwise: "nobody"),
    .optional("password", \.password, "The password of `username`.", otherwise: "none"),
    .optional("ca", \.ca, "A PEM file of the authorities to trust instead of the system's.", otherwise: "the system's"),
    .optional("silenced", \.includesSilenced, "Whether to take what is silenced there as well.", otherwise: "false"),
    .optional("inhibited", \.includesInhibited, "Whether to take what is inhibited there as well.", otherwise: "false"),
    .optional("severity", \.severity, "The label that holds the severity.", otherwise: "severity"),
    .optional(
      "category",
      \.category,
      "The label that holds the category.",
      otherwise: "category, else the alert's name"
    ),
    .optional("note", \.note, SourceSettings.yourNote, otherwise: "none"),
  ]

  package var subject: String { url.text }

  /// One way to log in, whole, and not in clear.
  package func check(_ report: inout Report) {
    if token != nil, username != nil || password != nil {
      let remedy = "Write `token`, or `username` and `password`."
      report.error("a token and a password cannot both be sent.", key: "token", remedy: remedy)
    }
    if password != nil, username == nil {
      report.error("nobody is named who logs in.", key: "password", remedy: "Add `username`.")
    }
    if username != nil, password == nil {
      report.error("there is no password to log in with.", key: "username", remedy: "Add `password`.")
    }
    if username?.contains(":") == true {
      // RFC 7617 §2: the first colon ends the name.
      report.error("a user name holds no colon.", key: "username", remedy: "Correct it.")
    }
    if url.isClear, token != nil || password != nil {
      report.error("the login would cross the network in clear.", key: "url", remedy: "Write https://.")
    }
  }
}
