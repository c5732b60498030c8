// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// What `channels.json` says of a program.
public struct ExecSettings: ChannelSettings {
  /// The program and its fixed arguments.
  public var command = ExecCommand()
  /// Variables for its environment, besides those of every program.
  public var environment = ExecEnvironment()
  /// The folder that it works in.
  public var folder = LocalPath("/")
  /// The most bytes that it is given.
  public var maxInput = ByteLimit(262_144)

  /// The defaults.
  public init() {}

  /// Every key of this kind.
  public static let fields: [Field<Self>] = [
    .required(
      "command",
      \.command,
      "The program, an absolute path, and its arguments, a list; no shell reads it.",
      example: "/usr/local/bin/page"
    ),
    .optional("environment", \.environment, "Variables for it, by name; a value with a variable of ours is a secret."),
    .optional("folder", \.folder, "The folder that it works in."),
    .optional(
      "max_input",
      \.maxInput,
      "The most bytes that it is given: what is longer is cut, visibly.",
      example: "20000"
    ),
  ]
}

/// A program and its fixed arguments: a list of texts, the first an absolute path.
public struct ExecCommand: FieldValue, Hashable {
  /// The program; empty when none is given.
  public var path = ""
  /// What it is given on its command line.
  public var arguments: [String] = []

  /// No program.
  public init() {}

  /// Whether no program is given.
  public var isEmpty: Bool { path.isEmpty }

  /// A list; the path alone may be written without its brackets.
  public static var shape: FieldShape {
    .oneOf([.string("the absolute path of a program"), .list(.string("the program, then its arguments"))])
  }

  /// Reads a path, or a list; what looks like a line for a shell is reported.
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
        remedy: "No PATH is searched: write it from the root, such as \"/usr/local/bin/page\"."
      )
      return nil
    }
    guard node.elements != nil || !path.contains(" ") else {
      let remedy = "Write a list: [\"/usr/local/bin/page\", \"--now\"]."
      report.error("no shell takes this apart.", at: node.offset, remedy: remedy)
      return nil
    }
    var command = ExecCommand()
    command.path = path
    command.arguments = all.dropFirst().compactMap { $0 }
    return command
  }

  private static func word(_ node: JSONNode, _ report: inout Report) -> String? {
    guard let text = String.read(node, &report) else { return nil }
    guard !text.utf8.contains(0) else {
      report.error("it holds a NUL byte.", at: node.offset, remedy: "Remove it.")
      return nil
    }
    guard !text.contains("{{") else {
      let remedy = "Let the program read it from its standard input."
      report.error(
        "a command has no placeholders: what an alert says is never an argument.",
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

/// Variables for a program's environment, by name.
public struct ExecEnvironment: FieldValue, Hashable {
  var variables: [EnvironmentVariable] = []
  /// The secrets in it, to be masked in what the program says.
  var secrets: [Secret] = []

  /// No variables.
  public init() {}

  /// An object of texts.
  public static var shape: FieldShape { .said("an object: each variable's name with a text", .named(.string(""))) }

  /// Reads the members.
  public static func read(_ node: JSONNode, _ report: inout Report) -> ExecEnvironment? {
    guard let members = node.members, !members.isEmpty else {
      report.error("expected \(shape.text), found \(node.members == nil ? node.kindName : "none").", at: node.offset)
      return nil
    }
    let errors = report.errorCount
    var environment = ExecEnvironment()
    for member in members { report.within(member.name) { environment.take(member, &$0) } }
    return report.errorCount == errors ? environment : nil
  }

  private mutating func take(_ member: JSONNode.Member, _ report: inout Report) {
    guard ExecEnvironment.isName(member.name), !member.name.hasPrefix("BELFRY_") else {
      let remedy = "Use letters, digits and `_`; names that begin with BELFRY_ are Belfry's own."
      return report.error("this name cannot be used.", at: member.offset, remedy: remedy)
    }
    guard let text = String.read(member.node, &report) else { return }
    guard !text.utf8.contains(0) else { return report.error("it holds a NUL byte.", at: member.node.offset) }
    guard member.node.substitution != nil else {
      return variables.append(EnvironmentVariable(member.name, text))
    }
    secrets.append(Secret(text))
    variables.append(EnvironmentVariable(member.name, secret: Secret(text)))
  }

  private static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy { byte in
      byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    }
  }

  /// The names and values, secrets masked.
  public var shown: String {
    variables.isEmpty ? "none" : variables.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
  }
}
