// SPDX-License-Identifier: Apache-2.0

/// A file to read, such as one with certificates: absolute, or relative to the folder of `channels.json`.
public struct LocalPath: FieldValue, Hashable {
  /// The absolute path; empty if none is given.
  public var text: String

  /// Creates a path from its text; none by default.
  public init(_ text: String = "") { self.text = text }

  /// Whether no path is given.
  public var isEmpty: Bool { text.isEmpty }

  /// A string.
  public static var shape: FieldShape { .string("the path of a file") }

  /// Reads a path; a relative one refers to the folder of the file that contains it.
  public static func read(_ node: JSONNode, _ report: inout Report) -> LocalPath? {
    guard let text = usable(node, &report) else { return nil }
    let path = LocalPath(text.hasPrefix("/") ? text : report.folder + "/" + text)
    report.note(path.text, as: .read, at: node.offset)
    return path
  }

  /// The node's string, if it is a valid path.
  package static func usable(_ node: JSONNode, _ report: inout Report) -> String? {
    guard let text = String.read(node, &report) else { return nil }
    guard !text.isEmpty, !text.utf8.contains(0) else {
      report.error("expected a path, found \(text.isEmpty ? "nothing" : "a NUL byte").", at: node.offset)
      return nil
    }
    return text
  }

  /// The path in quotes.
  public var shown: String { isEmpty ? "none" : "\"\(text)\"" }
}
