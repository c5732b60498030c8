// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The key `audit`: a path, or an object.
package struct AuditSettings: FieldValue {
  package var path: LocalPath?
  package var rotate: RotationSettings?
  package var note = ""

  static let note = "The file of the audit log."
  package static var shape: FieldShape { .oneOf([LocalPath.shape, .record(fields.map(\.summary))]) }

  static let fields: [Field<AuditSettings>] = [
    .optional("path", \.path, "The file.", otherwise: "var/audit.jsonl"),
    .optional("rotate", \.rotate, RotationSettings.note, otherwise: "never"),
    .optional("note", \.note, "Free text.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> AuditSettings? {
    var settings = AuditSettings()
    guard node.members != nil else {
      return LocalPath.read(node, &report).map {
        settings.path = $0
        return settings
      }
    }
    Field.decode(fields, from: node, into: &settings, report: &report)
    return settings
  }

  package var shown: String { path?.shown ?? "none" }
}

/// The key `audit.rotate`.
package struct RotationSettings: FieldValue {
  package var size: ByteCount?
  package var every: RotationPeriod?
  package var keep: Count?
  package var note = ""

  static let note = "When a new file begins, and how many old files are kept."
  package static var shape: FieldShape { .record(fields.map(\.summary)) }

  static let fields: [Field<RotationSettings>] = [
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

  package static func read(_ node: JSONNode, _ report: inout Report) -> RotationSettings? {
    var settings = RotationSettings()
    let trouble = report.troubleCount
    Field.decode(fields, from: node, into: &settings, report: &report)
    guard report.troubleCount == trouble else { return nil }
    guard settings.size != nil || settings.every != nil else {
      report.error("it has neither `size` nor `every`.", at: node.offset, remedy: "Write one of them, or both.")
      return nil
    }
    return settings
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
