// SPDX-License-Identifier: Apache-2.0

/// Expands references in the strings of a file: `${NAME}`, `${file:PATH}` and `${credential:NAME}`, each with a default
/// after `:-` if it has one; `$${` is a literal `${`.
///
/// As in a shell, the default also replaces a variable that is set but empty.
package struct Substitution {
  private let environment: [String: String]
  private let files: ReferencedFiles

  /// Creates an expansion; a final line break of a value is ignored, because files and credentials end in one.
  package init(environment: [String: String], files: ReferencedFiles = .none) {
    self.environment = environment.mapValues(\.withoutFinalLineBreaks)
    self.files = files
  }

  /// Expands the references in every string under `node`; member names are left unchanged.
  ///
  /// The report notes the files that were read.
  package func expand(_ node: JSONNode, report: inout Report) -> JSONNode {
    var expansion = Expansion(ReferenceValues(environment: environment, files: files, folder: report.folder))
    let result = expansion.expand(node, report: &report)
    report.noteRead(expansion.values.paths)
    return result
  }
}

private struct Expansion {
  private(set) var values: ReferenceValues

  init(_ values: ReferenceValues) { self.values = values }

  mutating func expand(_ node: JSONNode, report: inout Report) -> JSONNode {
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
    case reference(Reference, fallback: String?)
  }

  private mutating func expand(_ text: String, in node: inout JSONNode, report: inout Report) {
    guard let parts = parse(text) else {
      report.error(
        "a reference is not closed, has an invalid name, or contains another reference.",
        at: node.offset,
        remedy: "Write ${NAME}, ${file:PATH} or ${credential:NAME}, with a default as ${NAME:-default}; "
          + "a literal ${ is written $${."
      )
      return
    }
    var value = ""
    var plain: String? = ""
    var resolved: [JSONNode.Substitution.Resolved] = []
    var isOverridden = false
    var isUnset = false
    var hasDefault = false
    var secrets: [Secret] = []
    var shown = ""
    for part in parts {
      switch part {
      case .text(let text):
        value += text
        plain? += text
        shown += text
      case .reference(let reference, let fallback):
        hasDefault = hasDefault || fallback?.isEmpty == false
        plain = fallback.flatMap { fallback in plain.map { $0 + fallback } }
        var set: String?
        switch values.value(of: reference) {
        case .success(let text): set = text.isEmpty && fallback != nil ? nil : text
        case .failure(let missing) where fallback == nil || !missing.isAbsent:
          isUnset = true
          report.error(missing.text, at: node.offset, remedy: missing.remedy)
        case .failure: break
        }
        resolved.append(.init(reference: reference, value: Secret(set ?? "")))
        if let set { isOverridden = isOverridden || set != fallback }
        value += set ?? fallback ?? ""
        if let set, set != fallback, !set.isEmpty {
          secrets.append(Secret(set))
          shown += Secret.mask
        } else {
          shown += set ?? fallback ?? ""
        }
      }
    }
    node.value = .string(value)
    guard !resolved.isEmpty else { return }
    node.substitution = JSONNode.Substitution(
      resolved: resolved,
      fallback: isOverridden ? plain : nil,
      isUnset: isUnset,
      hasDefault: hasDefault,
      values: secrets,
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
      guard let (reference, fallback) = Reference.read(inside) else { return nil }
      parts.append(.text(String(rest[..<dollar.lowerBound])))
      parts.append(.reference(reference, fallback: fallback))
      rest = rest[rest.index(after: close)...]
    }
    parts.append(.text(String(rest)))
    return parts
  }
}
