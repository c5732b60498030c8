// SPDX-License-Identifier: Apache-2.0

extension ConfinedPath: FieldValue {
  /// Creates an empty path.
  public init() { self.init(root: "", relative: "") }

  /// Whether no path is given.
  public var isEmpty: Bool { relative.isEmpty }

  /// A string.
  public static var shape: FieldShape { .string("the path of a file, below the folder of this file or absolute") }

  /// Reads the path of a file to write.
  ///
  /// A relative path is confined to the folder of `channels.json`, and must not contain `..`. An absolute path is
  /// confined to its own folder.
  public static func read(_ node: JSONNode, _ report: inout Report) -> ConfinedPath? {
    guard let text = LocalPath.usable(node, &report) else { return nil }
    let steps = text.split(separator: "/")
    guard let name = steps.last, !text.hasSuffix("/"), name != ".", name != ".." else {
      report.error("\"\(text)\" is a folder, not a file.", at: node.offset, remedy: "Add the file's name.")
      return nil
    }
    if text.hasPrefix("/") {
      report.note(text, as: .journal, at: node.offset)
      return ConfinedPath(root: "/" + steps.dropLast().joined(separator: "/"), relative: String(name))
    }
    // Where `a/../b` leads depends on whether `a` is a link, so `..` is not allowed at all.
    guard !steps.contains("..") else {
      report.error(
        "\"\(text)\" contains `..`, which may leave the folder of this file.",
        at: node.offset,
        remedy: "If that is intended, write an absolute path."
      )
      return nil
    }
    report.note(report.folder + "/" + text, as: .journal, at: node.offset)
    return ConfinedPath(root: report.folder, relative: text)
  }

  /// The path in quotes.
  public var shown: String { isEmpty ? "none" : "\"\(description)\"" }
}
