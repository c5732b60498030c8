// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A file of alerts, in Belfry's or Alertmanager's format.
package struct FileSourceSettings: SourceKindSettings {
  package var path = SourcePath(absolute: "", written: "")
  package var stale: Period?
  package var note = ""

  package init() {}

  package static let kind = "file"
  package static let fields: [Field<FileSourceSettings>] = [
    .required("path", \.path, "The file: JSON, a list of alerts or an object with `alerts`.", example: "alerts.json"),
    .optional(
      "stale",
      \.stale,
      "How old the file may become, or how long it may be unreadable, before Belfry raises an alert about it.",
      otherwise: "three times `interval`; the file's age is ignored"
    ),
    .optional("note", \.note, SourceSettings.yourNote, otherwise: "none"),
  ]

  package var subject: String { path.shownPath }
  package var every: Period? { nil }
}

/// A path to read, relative to the folder of the file that names it.
package struct SourcePath: FieldValue, Hashable {
  package var absolute: String
  package var written: String

  package static var shape: FieldShape { .string("a path") }
  package static func read(_ node: JSONNode, _ report: inout Report) -> SourcePath? {
    guard let text = LocalPath.usable(node, &report) else { return nil }
    let absolute = text.hasPrefix("/") ? text : report.folder + "/" + text
    report.note(absolute, as: .read, at: node.offset)
    return SourcePath(absolute: absolute, written: text)
  }
  package var shown: String { "\"\(written)\"" }
  package var shownPath: String { written }
}
