// SPDX-License-Identifier: Apache-2.0

/// Environment variables for a program, by name.
public struct ExecEnvironment: FieldValue, Hashable {
  package var variables: [EnvironmentVariable] = []
  /// The secrets in it, to mask in the program's output.
  public var secrets: [Secret] = []

  /// Creates an empty environment.
  public init() {}

  /// The complete environment of the program: these variables, and those that most programs need.
  ///
  /// Belfry's own environment, which contains its secrets, is not included.
  public var all: [EnvironmentVariable] {
    let given = Set(variables.map(\.name))
    let usual = [
      EnvironmentVariable("PATH", "/usr/local/bin:/usr/bin:/bin"), EnvironmentVariable("LANG", "C.UTF-8"),
    ]
    return usual.filter { !given.contains($0.name) } + variables
  }

  /// An object of strings.
  public static var shape: FieldShape { .said("an object: each variable's name with a text", .named(.string(""))) }

  /// Reads the members.
  public static func read(_ node: JSONNode, _ report: inout Report) -> ExecEnvironment? {
    var environment = ExecEnvironment()
    return report.readMembers(of: node, expecting: shape) { environment.take($0, &$1) } ? environment : nil
  }

  private mutating func take(_ member: JSONNode.Member, _ report: inout Report) {
    guard ExecEnvironment.isName(member.name), !member.name.hasPrefix("BELFRY_") else {
      let remedy = "Use letters, digits and `_`; names that begin with BELFRY_ are reserved."
      return report.error("this name is not allowed.", at: member.offset, remedy: remedy)
    }
    guard let text = String.read(member.node, &report) else { return }
    guard !text.utf8.contains(0) else { return report.error("it contains a NUL byte.", at: member.node.offset) }
    guard member.node.substitution != nil else {
      return variables.append(EnvironmentVariable(member.name, text))
    }
    guard let secret = Secret.read(text, .several, at: member.node.offset, &report) else { return }
    secrets.append(secret)
    variables.append(EnvironmentVariable(member.name, secret: secret))
  }

  private static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy { byte in
      byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    }
  }

  /// The names and values, with secrets masked.
  public var shown: String {
    variables.isEmpty ? "none" : variables.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
  }
}
