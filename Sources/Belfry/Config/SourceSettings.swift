// SPDX-License-Identifier: Apache-2.0

/// Where alerts come from: one entry of `sources`.
package struct SourceSettings: Sendable {
  package enum Kind: Sendable {
    case file(FileSourceSettings)
    case prometheus(PrometheusSourceSettings)
  }

  package var name: SourceName
  package var kind: Kind
  package var line: Int

  /// How often it is looked at, where `interval` is the file's.
  package func every(_ interval: Duration) -> Duration {
    guard case .prometheus(let settings) = kind else { return interval }
    return settings.every ?? interval
  }

  /// How long it may be silent before that is an alert of its own; nil for three times as often as it is looked at.
  package var stale: Duration? {
    switch kind {
    case .file(let settings): settings.stale?.duration
    case .prometheus(let settings): settings.stale?.duration
    }
  }

  /// The word that `kind` holds.
  package var kindName: String {
    switch kind {
    case .file: "file"
    case .prometheus: "prometheus"
    }
  }

  /// What it watches, for a person.
  package var subject: String {
    switch kind {
    case .file(let settings): settings.path.shownPath
    case .prometheus(let settings): settings.url.text
    }
  }

  package static let kinds = fields.map(\.kind)
  /// The settings of each kind.
  static let fields: [(kind: String, settings: [FieldSummary])] = [
    ("file", FileSourceSettings.fields.map(\.summary)),
    ("prometheus", PrometheusSourceSettings.fields.map(\.summary)),
  ]
  static let staleNote = "How long it may go unread before that is an alert of its own."
  static let fileStaleNote =
    "How old the file may become, or how long it may go unread, before that is an alert of its own."
}

/// A file of alerts, in our shape or Alertmanager's.
package struct FileSourceSettings: Sendable {
  package var path = SourcePath(absolute: "", written: "")
  package var stale: Period?
  package var note = ""

  package static let fields: [Field<FileSourceSettings>] = [
    .required("path", \.path, "The file: JSON, a list of alerts or an object with `alerts`.", example: "alerts.json"),
    .optional(
      "stale",
      \.stale,
      SourceSettings.fileStaleNote,
      otherwise: "three times `interval`, and its age does not matter"
    ),
    .optional("note", \.note, "Free text of yours, shown beside the source.", otherwise: "none"),
  ]
}

/// A Prometheus server that is asked for its firing alerts.
package struct PrometheusSourceSettings: Sendable {
  package var url = WebAddress()
  package var every: Duration?
  package var token: Secret?
  package var ca: SourcePath?
  package var stale: Period?
  package var severity = "severity"
  package var category = "category"
  package var note = ""

  private var period: Period? {
    get { every.map(Period.init) }
    set { every = newValue?.duration }
  }

  package static let fields: [Field<PrometheusSourceSettings>] = [
    .required("url", \.url, "The server's address, without /api.", example: "http://localhost:9090"),
    .optional("every", \.period, "How often it is asked.", otherwise: "every `interval`"),
    .optional("stale", \.stale, SourceSettings.staleNote, otherwise: "three times its period"),
    .optional("token", \.token, "A bearer token.", otherwise: "none"),
    .optional("ca", \.ca, "A PEM file of the authorities to trust instead of the system's.", otherwise: "the system's"),
    .optional("severity", \.severity, "The label that holds the severity.", otherwise: "severity"),
    .optional(
      "category",
      \.category,
      "The label that holds the category.",
      otherwise: "category, else the alert's name"
    ),
    .optional("note", \.note, "Free text of yours, shown beside the source.", otherwise: "none"),
  ]
}

/// A path that is read, relative to the folder of the file that names it.
package struct SourcePath: FieldValue, Hashable {
  package var absolute: String
  package var written: String

  package static var shape: FieldShape { .string("a path") }
  package static func read(_ node: JSONNode, _ report: inout Report) -> SourcePath? {
    guard let text = LocalPath.usable(node, &report) else { return nil }
    let absolute = text.hasPrefix("/") ? text : report.folder + "/" + text
    return SourcePath(absolute: absolute, written: text)
  }
  package var shown: String { "\"\(written)\"" }
  package var shownPath: String { written }
}
