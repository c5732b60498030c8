// SPDX-License-Identifier: Apache-2.0

/// Expands environment variables in the strings of a file: `${NAME}` and `${NAME:-default}`; `$${` is a literal `${`.
///
/// As in a shell, the default also replaces a variable that is set but empty.
package struct Substitution {
  private let environment: [String: String]

  /// Creates an expansion; a final line break of a variable's value is ignored, because values read from files and
  /// credentials end in one.
  package init(environment: [String: String]) { self.environment = environment.mapValues(\.withoutFinalLineBreaks) }

  /// Expands the variables in every string under `node`; member names are left unchanged.
  package func expand(_ node: JSONNode, report: inout Report) -> JSONNode {
    var result = node
    switch node.value {
    case .string(let text):
      guard text.contains("${") else { return node }
      expand(text, in: &result, report: &report)
    case .array(let elements):
      result.value = .array(
        elements.enumerated().map { index, element in
          report.within("[\(index)]") { expand(element, report: &$0) }
        }
      )
    case .object(let members):
      result.value = .object(
        members.map { member in
          var member = member
          member.node = report.within(member.name) { expand(member.node, report: &$0) }
          return member
        }
      )
    case .null, .bool, .number: break
    }
    return result
  }

  private enum Part {
    case text(String)
    case variable(name: String, fallback: String?)
  }

  private func expand(_ text: String, in node: inout JSONNode, report: inout Report) {
    guard let parts = parse(text) else {
      report.error(
        "a variable is not closed, has an invalid name, or contains another variable.",
        at: node.offset,
        remedy: "Write ${NAME} or ${NAME:-default}; a literal ${ is written $${."
      )
      return
    }
    var value = ""
    var plain: String? = ""
    var names: [String] = []
    var isOverridden = false
    var isUnset = false
    var hasDefault = false
    var values: [Secret] = []
    var shown = ""
    for part in parts {
      switch part {
      case .text(let text):
        value += text
        plain? += text
        shown += text
      case .variable(let name, let fallback):
        names.append(name)
        hasDefault = hasDefault || fallback?.isEmpty == false
        plain = fallback.flatMap { fallback in plain.map { $0 + fallback } }
        let set = environment[name].flatMap { $0.isEmpty && fallback != nil ? nil : $0 }
        if let set { isOverridden = isOverridden || set != fallback }
        if set == nil && fallback == nil {
          isUnset = true
          report.error(
            "the variable \(name) is not set.",
            at: node.offset,
            remedy: "Set it in the environment, or write ${\(name):-default}."
          )
        }
        value += set ?? fallback ?? ""
        if let set, set != fallback, !set.isEmpty {
          values.append(Secret(set))
          shown += Secret.mask
        } else {
          shown += set ?? fallback ?? ""
        }
      }
    }
    node.value = .string(value)
    guard !names.isEmpty else { return }
    node.substitution = JSONNode.Substitution(
      names: names,
      fallback: isOverridden ? plain : nil,
      isUnset: isUnset,
      hasDefault: hasDefault,
      values: values,
      shown: shown
    )
  }

  /// The parts of a string; nil if a `${` is not closed or names nothing.
  private func parse(_ text: String) -> [Part]? {
    var parts: [Part] = []
    var rest = Substring(text)
    while let dollar = rest.firstRange(of: "${") {
      if rest[..<dollar.lowerBound].hasSuffix("$") {
        parts.append(.text(rest[..<dollar.lowerBound].dropLast() + "${"))
        rest = rest[dollar.upperBound...]
        continue
      }
      guard let close = rest[dollar.upperBound...].firstIndex(of: "}") else { return nil }
      let inside = rest[dollar.upperBound..<close]
      guard !inside.contains("${") else { return nil }
      let mark = inside.firstRange(of: ":-")
      let name = inside[..<(mark?.lowerBound ?? inside.endIndex)]
      guard isName(name) else { return nil }
      parts.append(.text(String(rest[..<dollar.lowerBound])))
      parts.append(.variable(name: String(name), fallback: mark.map { String(inside[$0.upperBound...]) }))
      rest = rest[rest.index(after: close)...]
    }
    parts.append(.text(String(rest)))
    return parts
  }

  private func isName(_ name: Substring) -> Bool {
    guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
    return name.utf8.allSatisfy {
      $0 == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
    }
  }
}
