// SPDX-License-Identifier: Apache-2.0

/// A path to read, relative to the folder of the file that names it, and shown as it is written.
package struct SourcePath: FieldValue, Hashable {
  package var absolute: String
  package var written: String

  package init(absolute: String, written: String) {
    self.absolute = absolute
    self.written = written
  }

  package static var shape: FieldShape { .string("a path") }
  package static func read(_ node: JSONNode, _ report: inout Report) -> SourcePath? { read(node, as: .read, &report) }

  /// Reads a path to a file of this role.
  package static func read(_ node: JSONNode, as role: FileUse.Role, _ report: inout Report) -> SourcePath? {
    guard let text = LocalPath.usable(node, &report) else { return nil }
    let absolute = text.hasPrefix("/") ? text : report.folder + "/" + text
    report.note(absolute, as: role, at: node.offset)
    return SourcePath(absolute: absolute, written: text)
  }
  package var shown: String { "\"\(written)\"" }
}
