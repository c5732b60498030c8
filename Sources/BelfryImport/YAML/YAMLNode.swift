// SPDX-License-Identifier: Apache-2.0
internal import Yams

/// A value of a YAML file and the line on which it stands.
///
/// Aliases and merge keys are already resolved. Texts are not interpreted: whether `on` is a text or a boolean depends on
/// the key.
struct YAMLNode {
  enum Value {
    case text(String)
    /// `null`, `~`, or nothing.
    case null
    case list([YAMLNode])
    case mapping([YAMLMember])
  }

  var value: Value
  var line: Int

  /// Whether it says nothing: no value, an empty list, or a mapping without keys.
  var isEmpty: Bool {
    switch value {
    case .text: false
    case .null: true
    case .list(let nodes): nodes.isEmpty
    case .mapping(let members): members.isEmpty
    }
  }

  /// What it is, for messages.
  var kindName: String {
    switch value {
    case .text: "a text"
    case .null: "nothing"
    case .list: "a list"
    case .mapping: "a mapping"
    }
  }
}

/// One entry of a mapping.
struct YAMLMember {
  var name: String
  /// The line of its key.
  var line: Int
  var node: YAMLNode
}

/// The reason why a text is not a usable YAML file.
package struct YAMLProblem: Error, Hashable {
  package let line: Int
  package let text: String
}

extension YAMLNode {
  /// The most bytes of a file.
  static let maximumBytes = 4 << 20
  /// The most values: an alias counts as everything that it repeats.
  private static let maximumCount = 200_000
  /// How deep values may be nested.
  private static let maximumDepth = 100

  /// Reads the only document of a YAML file; a mapping without keys if it is empty.
  static func read(_ text: String) throws(YAMLProblem) -> YAMLNode {
    guard text.utf8.count <= maximumBytes else {
      throw YAMLProblem(line: 1, text: "the file has more than \(maximumBytes >> 20) MiB")
    }
    var budget = maximumCount
    guard let root = try compose(text) else { return YAMLNode(value: .mapping([]), line: 1) }
    return try make(root, depth: 0, &budget)
  }

  private static func compose(_ text: String) throws(YAMLProblem) -> Node? {
    if let line = lineOfUnusualKey(in: text) {
      throw YAMLProblem(line: line, text: "an alias is used as a key")
    }
    do {
      // Without rules, no text is taken for a number or a date, and the keys of large files are compared quickly.
      return try Yams.compose(yaml: text, .basic)
    } catch let error as YamlError {
      throw problem(error)
    } catch {
      throw YAMLProblem(line: 1, text: "it cannot be read: \(error)")
    }
  }

  /// The line of a key that is an alias of an anchor in the text (`*a: b`, `? *a`).
  ///
  /// The parser compares keys deeply while it reads, so that a few nested aliases in a key would never be finished.
  private static func lineOfUnusualKey(in text: String) -> Int? {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard line.utf8.contains(UInt8(ascii: "*")) else { continue }
      let words = line.split { " \t{[,-".contains($0) }
      for (position, word) in words.enumerated() where word.first == "*" {
        let name = word.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        let rest = word.dropFirst(name.count + 1)
        let isKey = words.first == "?" || rest == ":" || (rest.isEmpty && words[(position + 1)...].first == ":")
        if isKey, !name.isEmpty, text.contains("&\(name)") { return index + 1 }
      }
    }
    return nil
  }

  private static func problem(_ error: YamlError) -> YAMLProblem {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      YAMLProblem(line: mark.line, text: problem)
    case .duplicatedKeysInMapping(let names, let context):
      YAMLProblem(line: context.mark.line, text: "the key \(names.first ?? "") occurs twice in one mapping")
    case .reader(let problem, _, _, _): YAMLProblem(line: 1, text: problem)
    default: YAMLProblem(line: 1, text: "it is not YAML")
    }
  }

  private static func make(_ node: Node, depth: Int, _ budget: inout Int) throws(YAMLProblem) -> YAMLNode {
    let line = node.mark?.line ?? 1
    budget -= 1
    guard budget >= 0 else {
      throw YAMLProblem(line: line, text: "the file has more than \(maximumCount) values, aliases included")
    }
    guard depth <= maximumDepth else {
      throw YAMLProblem(line: line, text: "values are nested more than \(maximumDepth) deep")
    }
    switch node {
    case .scalar(let scalar):
      let isNull = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
      return YAMLNode(value: isNull ? .null : .text(scalar.string), line: line)
    case .sequence(let sequence):
      var elements: [YAMLNode] = []
      for element in sequence { elements.append(try make(element, depth: depth + 1, &budget)) }
      return YAMLNode(value: .list(elements), line: line)
    case .mapping(let mapping):
      return YAMLNode(value: .mapping(try members(of: mapping, depth: depth, &budget)), line: line)
    case .alias: throw YAMLProblem(line: line, text: "an alias names no anchor")
    }
  }

  /// The members of a mapping; those that `<<` merges into it come last, and its own keys win.
  private static func members(
    of mapping: Node.Mapping,
    depth: Int,
    _ budget: inout Int
  ) throws(YAMLProblem) -> [YAMLMember] {
    var members: [YAMLMember] = []
    var merged: [YAMLMember] = []
    for (key, value) in mapping {
      let line = key.mark?.line ?? 1
      guard case .scalar(let name) = key else { throw YAMLProblem(line: line, text: "a key is not a text") }
      let node = try make(value, depth: depth + 1, &budget)
      if name.style == .plain, name.string == "<<" {
        merged += try mergedMembers(node)
      } else {
        members.append(YAMLMember(name: name.string, line: line, node: node))
      }
    }
    var known = Set(members.map(\.name))
    for member in merged where known.insert(member.name).inserted { members.append(member) }
    return members
  }

  /// The members of one merged mapping, or of several, of which the first wins.
  private static func mergedMembers(_ node: YAMLNode) throws(YAMLProblem) -> [YAMLMember] {
    switch node.value {
    case .mapping(let members): return members
    case .list(let nodes):
      var members: [YAMLMember] = []
      for node in nodes { members += try mergedMembers(node) }
      return members
    case .text, .null: throw YAMLProblem(line: node.line, text: "<< must name a mapping, or several")
    }
  }
}
