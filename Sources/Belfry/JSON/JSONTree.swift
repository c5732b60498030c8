// SPDX-License-Identifier: Apache-2.0

/// Parses JSON text into a tree with positions, and reports every mistake that one run can find.
package enum JSONTree {
  /// Reads all of `source`.
  ///
  /// - Returns: the tree without unreadable parts, nil if the text is truncated or is not JSON; and the problems in the
  ///   order of the text.
  package static func parse(
    _ source: SourceText,
    limits: JSONLimits = .standard
  ) -> (node: JSONNode?, problems: [JSONProblem]) {
    let outcome = outcome(of: source, limits: limits)
    return (outcome.value, outcome.problems.sorted { $0.offset < $1.offset })
  }

  /// Reads all of `source`, and says whether a mistake may have hidden a value.
  package static func outcome(of source: SourceText, limits: JSONLimits = .standard) -> JSONOutcome<JSONNode> {
    JSONReader.read(source.bytes, limits: limits) { reader throws(JSONProblem) in try reader.node() }
  }
}

extension JSONReader {
  /// Reads the next value as a tree; the recursion is limited by the allowed depth.
  fileprivate mutating func node() throws(JSONProblem) -> JSONNode {
    let kind = try peek()
    let start = offset
    switch kind {
    case .string: return JSONNode(.string(try string()), offset: start)
    case .number: return JSONNode(.number(try number()), offset: start)
    case .bool: return JSONNode(.bool(try bool()), offset: start)
    case .null:
      try null()
      return JSONNode(.null, offset: start)
    case .object: return JSONNode(try enter() ? .object(try members()) : .null, offset: start)
    case .array: return JSONNode(try enter() ? .array(try elements()) : .null, offset: start)
    }
  }

  private mutating func members() throws(JSONProblem) -> [JSONNode.Member] {
    var members: [JSONNode.Member] = []
    var offsets: [ExactText: Int] = [:]
    while let name = try nextName() {
      let text = name.text
      let node = try node()
      if let first = offsets[text] {
        report(.duplicateName(at: name.offset, shown(text), firstLine: line(of: first)))
      } else {
        offsets[text] = name.offset
        members.append(JSONNode.Member(name: text, offset: name.offset, node: node))
      }
    }
    return members
  }

  private mutating func elements() throws(JSONProblem) -> [JSONNode] {
    var elements: [JSONNode] = []
    while try nextElement() { elements.append(try node()) }
    return elements
  }
}
