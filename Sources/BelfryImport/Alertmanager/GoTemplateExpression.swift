// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Reads a pipeline of Go's templates as an expression of Belfry's.
struct GoTemplateExpression {
  typealias Untranslatable = GoTemplateTranslator.Untranslatable
  typealias Token = GoTemplateTranslator.Token

  let tokens: [Token]
  let dot: GoTemplateTranslator.Dot
  var index = 0

  var isAtEnd: Bool { index == tokens.count }

  mutating func pipeline() throws(Untranslatable) -> String {
    var value = try command(piped: nil)
    while index < tokens.count, tokens[index] == .mark("|") {
      index += 1
      value = try command(piped: value)
    }
    return value
  }

  private mutating func command(piped: String?) throws(Untranslatable) -> String {
    guard index < tokens.count else { throw Untranslatable(reason: "an expression is incomplete") }
    if case .name(let name) = tokens[index], !["true", "false", "nil"].contains(name) {
      index += 1
      let arguments = try operands()
      return try call(name, arguments + (piped.map { [$0] } ?? []))
    }
    let first = tokens[index]
    if case .path(let parts) = first, parts.last == "Format" {
      index += 1
      let value = try path(Array(parts.dropLast()), dot)
      guard case .string(let layout)? = index < tokens.count ? tokens[index] : nil, value.hasSuffix("since") else {
        throw Untranslatable(reason: "it uses `Format` in a form that has no counterpart")
      }
      index += 1
      return "\(value)|date:\(try quoted(format(layout)))"
    }
    let values = try operands()
    guard values.count == 1, piped == nil else {
      throw Untranslatable(reason: "it has an expression that has no counterpart")
    }
    return values[0]
  }

  private mutating func operands() throws(Untranslatable) -> [String] {
    var values: [String] = []
    while index < tokens.count {
      switch tokens[index] {
      case .string(let text): values.append(try quoted(text))
      case .number(let number): values.append(number)
      case .path(let parts): values.append(try path(parts, dot))
      case .rootPath(let parts): values.append(try path(parts, .root))
      case .name(let name) where ["true", "false"].contains(name): values.append(name)
      case .mark("("):
        index += 1
        let inner = try pipeline()
        guard index < tokens.count, tokens[index] == .mark(")") else {
          throw Untranslatable(reason: "a parenthesis is not closed")
        }
        values.append(inner)
      case .mark("|"), .mark(")"): return values
      case .variable: throw Untranslatable(reason: "it uses variables")
      case .name(let name): throw Untranslatable(reason: "it uses `\(name)` there")
      case .mark(let mark): throw Untranslatable(reason: "it contains \"\(mark)\"")
      }
      index += 1
    }
    return values
  }

  private func call(_ name: String, _ arguments: [String]) throws(Untranslatable) -> String {
    func need(_ count: Int) throws(Untranslatable) {
      guard arguments.count == count else {
        throw Untranslatable(reason: "it uses `\(name)` in a form that has no counterpart")
      }
    }
    switch name {
    case "toUpper", "toLower", "title", "toJson":
      try need(1)
      let filter = ["toUpper": "upper", "toLower": "lower", "title": "title", "toJson": "json"][name] ?? name
      return "\(try simple(arguments[0]))|\(filter)"
    case "safeHtml", "safeUrl", "trimSpace":
      try need(1)
      return arguments[0]
    case "len":
      try need(1)
      return "\(try simple(arguments[0]))|count"
    case "eq" where arguments.count > 2:
      return "(" + arguments.dropFirst().map { "\(arguments[0]) == \($0)" }.joined(separator: " or ") + ")"
    case "eq", "ne", "lt", "le", "gt", "ge":
      try need(2)
      let operation = ["eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="][name] ?? "=="
      return "(\(arguments[0]) \(operation) \(arguments[1]))"
    case "and", "or":
      return "(" + arguments.joined(separator: " \(name) ") + ")"
    case "not":
      try need(1)
      return "(not \(arguments[0]))"
    case "index":
      try need(2)
      guard arguments[0].hasSuffix("labels") || arguments[0].hasSuffix("annotations"), arguments[1].hasPrefix("\"")
      else {
        throw Untranslatable(reason: "it uses `index` for something else than a label")
      }
      return "\(arguments[0])[\(arguments[1])]"
    default: throw Untranslatable(reason: "it uses `\(name)`")
    }
  }

  /// A value to which a filter can be applied.
  private func simple(_ value: String) throws(Untranslatable) -> String {
    guard !value.hasPrefix("(") else { throw Untranslatable(reason: "it applies a function to a comparison") }
    return value
  }

  private func quoted(_ text: String) throws(Untranslatable) -> String {
    guard !text.contains("}}"), !text.contains("%}") else { throw Untranslatable(reason: "a text contains }}") }
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
      .replacing("\t", with: "\\t")
    return "\"\(escaped)\""
  }

  private func path(_ parts: [String], _ dot: GoTemplateTranslator.Dot) throws(Untranslatable) -> String {
    let shown = "." + parts.joined(separator: ".")
    switch (dot, parts.first) {
    case (.value(let value), nil): return value
    case (.pair, "Name"?) where parts.count == 1: return "name"
    case (.pair, "Value"?) where parts.count == 1: return "value"
    case (.alert, let first?):
      switch first {
      case "Labels": return "alert.labels" + (try member(parts, shown))
      case "Annotations": return "alert.annotations" + (try member(parts, shown))
      case "Status" where parts.count == 1: return "alert.status"
      case "StartsAt" where parts.count == 1: return "alert.since"
      case "GeneratorURL" where parts.count == 1: return "alert.links.source"
      case "Fingerprint" where parts.count == 1: return "alert.id"
      default: throw Untranslatable(reason: "it uses \(shown)")
      }
    case (.root, let first?):
      switch (first, parts.count) {
      case ("Status", 1): return "status"
      case ("Receiver", 1): return "channel"
      case ("ExternalURL", 1): return "link"
      case ("Alerts", 1): return "alerts"
      case ("Alerts", 2) where parts[1] == "Firing": return "firing"
      case ("Alerts", 2) where parts[1] == "Resolved": return "ended"
      case ("CommonLabels", _), ("GroupLabels", _): return "shared.labels" + (try member(parts, shown))
      case ("CommonAnnotations", _): return "shared.annotations" + (try member(parts, shown))
      default: throw Untranslatable(reason: "it uses \(shown)")
      }
    default: throw Untranslatable(reason: "it uses \(shown)")
    }
  }

  /// The label after `Labels`; nothing for all of them.
  private func member(_ parts: [String], _ shown: String) throws(Untranslatable) -> String {
    switch parts.count {
    case 1: return ""
    case 2 where parts[1] == "SortedPairs": return ""
    case 2 where !["Names", "Values", "Remove"].contains(parts[1]): return ".\(parts[1])"
    default: throw Untranslatable(reason: "it uses \(shown)")
    }
  }

  /// Go's layout of a time as that of `strftime`.
  private func format(_ layout: String) throws(Untranslatable) -> String {
    let units = [
      ("2006", "%Y"), ("January", "%B"), ("Jan", "%b"), ("Monday", "%A"), ("Mon", "%a"), ("MST", "%Z"), ("01", "%m"),
      ("02", "%d"), ("15", "%H"), ("03", "%I"), ("04", "%M"), ("05", "%S"), ("PM", "%p"),
    ]
    var rest = Substring(layout)
    var format = ""
    while let first = rest.first {
      if let unit = units.first(where: { rest.hasPrefix($0.0) }) {
        format += unit.1
        rest = rest.dropFirst(unit.0.count)
      } else if first.isNumber || first.isLetter && first != "T" && first != "Z" {
        throw Untranslatable(reason: "it writes a time as \"\(layout)\"")
      } else {
        format.append(first)
        rest = rest.dropFirst()
      }
    }
    return format
  }
}
