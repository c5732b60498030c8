// SPDX-License-Identifier: Apache-2.0

/// A program and its fixed arguments: a list of strings, the first one an absolute path.
public struct ExecCommand: FieldValue, Hashable {
  /// The program's path as it may be shown; empty if none is given.
  public var path = ""
  /// The arguments as they may be shown.
  public var arguments: [String] = []
  /// The values from variables, used instead of the shown ones.
  public var sealed = ProcessRun.Sealed()
  /// The secrets to mask in the program's output.
  public var secrets: [Secret] = []

  /// Creates an empty command.
  public init() {}

  /// Whether no program is given.
  public var isEmpty: Bool { path.isEmpty }

  /// A list, or the path alone as a string.
  public static var shape: FieldShape {
    .oneOf([.string("the absolute path of a program"), .list(.string("the program, then its arguments"))])
  }

  /// Reads a path, or a list; text that looks like a shell command line is reported.
  public static func read(_ node: JSONNode, _ report: inout Report) -> ExecCommand? {
    let errors = report.errorCount
    let words = node.elements.map { elements in
      elements.enumerated().map { index, element in report.within("[\(index)]") { word(element, &$0) } }
    }
    let all = words ?? [word(node, &report)]
    guard report.errorCount == errors, let path = all.first ?? nil else { return nil }
    guard path.hasPrefix("/"), !path.hasSuffix("/") else {
      report.error(
        "\"\(path)\" is not the absolute path of a program.",
        at: node.offset,
        remedy: "PATH is not searched. Write an absolute path, such as \"/usr/local/bin/page\"."
      )
      return nil
    }
    guard node.elements != nil || !path.contains(" ") else {
      let remedy = "Write a list: [\"/usr/local/bin/page\", \"--now\"]."
      report.error("this is not split by a shell.", at: node.offset, remedy: remedy)
      return nil
    }
    report.note(path, as: .program, at: node.offset)
    let nodes = node.elements ?? [node]
    var command = ExecCommand()
    command.path = nodes.first?.shownText ?? path
    command.arguments = nodes.dropFirst().compactMap(\.shownText)
    let sealed = nodes.map(\.sealedText)
    let arguments = sealed.dropFirst().allSatisfy(\.isEmpty) ? [] : Array(sealed.dropFirst())
    command.sealed = ProcessRun.Sealed(path: sealed.first ?? Secret(), arguments: arguments)
    command.secrets = nodes.flatMap(\.sealedValues)
    report.seal(command.secrets)
    return command
  }

  private static func word(_ node: JSONNode, _ report: inout Report) -> String? {
    guard let text = String.read(node, &report) else { return nil }
    guard !text.utf8.contains(0) else {
      report.error("it contains a NUL byte.", at: node.offset, remedy: "Remove it.")
      return nil
    }
    guard !text.contains("{{") else {
      let remedy = "The program can read it from standard input."
      report.error(
        "a command cannot contain placeholders: an alert's text is never an argument.",
        at: node.offset,
        remedy: remedy
      )
      return nil
    }
    return text
  }

  /// The program in quotes, without its arguments.
  public var shown: String { isEmpty ? "none" : "\"\(path)\"" }
}
