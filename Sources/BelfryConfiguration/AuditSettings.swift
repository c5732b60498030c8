// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The key `audit`: a path, or an object.
package struct AuditSettings: FieldRecord {
  package var path: LocalPath?
  package var rotate: RotationSettings?
  package var note = ""

  package init() {}

  static let note = "The file of the audit log."
  package static var shape: FieldShape { .oneOf([LocalPath.shape, .record(fields.map(\.summary))]) }

  package static let fields: [Field<AuditSettings>] = [
    .optional("path", \.path, "The file.", otherwise: "var/audit.jsonl"),
    .optional("rotate", \.rotate, RotationSettings.note, otherwise: "never"),
    .optional("note", \.note, "Free text.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> AuditSettings? {
    guard node.members == nil else { return record(node, &report) }
    return LocalPath.read(node, &report).map { path in
      var settings = AuditSettings()
      settings.path = path
      return settings
    }
  }

  package var shown: String { path?.shown ?? "none" }
}

/// The key `audit.rotate`.
package struct RotationSettings: FieldRecord {
  package var size: ByteCount?
  package var every: RotationPeriod?
  package var keep: Count?
  package var note = ""

  package init() {}

  static let note = "When a new file begins, and how many old files are kept."

  package static let fields: [Field<RotationSettings>] = [
    .optional(
      "size",
      \.size,
      "Before the file becomes larger than this, such as `50MB`.",
      otherwise: "`every` applies"
    ),
    .optional("every", \.every, "With the first row of another day or month (UTC).", otherwise: "`size` applies"),
    .optional("keep", \.keep, "How many old files are kept; older ones are removed.", otherwise: "all"),
    .optional("note", \.note, "Free text.", otherwise: "none"),
  ]

  package mutating func check(_ node: JSONNode, _ report: inout Report) {
    guard size == nil, every == nil else { return }
    report.error("it has neither `size` nor `every`.", at: node.offset, remedy: "Write one of them, or both.")
  }

  package var shown: String { [size?.shown, every?.shown].compactMap(\.self).joined(separator: ", ") }

  package var rotation: LogRotation { LogRotation(size: size?.value, every: every, keep: keep?.value) }
}

/// The audit log's path and rotation.
package struct AuditPlace: Sendable, Hashable {
  /// The absolute path.
  package var path: String
  package var rotation: LogRotation?

  package init(path: String, rotation: LogRotation? = nil) {
    self.path = path
    self.rotation = rotation
  }
}
