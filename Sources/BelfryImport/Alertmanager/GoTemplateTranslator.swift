// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Translates the Go templates of Alertmanager into Belfry's templates: values, `if`, `range` over alerts and labels, `with`,
/// comparisons, and templates that are named.
struct GoTemplateTranslator {
  /// Why a template cannot be translated, as a clause.
  struct Untranslatable: Error {
    let reason: String
  }

  /// The bodies of templates by name: `{{ define "x" }}…{{ end }}`.
  private(set) var definitions: [String: [Piece]] = [:]

  /// Reads the definitions of a template file.
  mutating func read(_ file: String) throws(Untranslatable) {
    var name: String?
    var body: [Piece] = []
    var depth = 0
    for piece in try GoTemplateTranslator.pieces(of: file) {
      if case .action(let action) = piece {
        switch action.keyword {
        case "define":
          if case .string(let found)? = action.tokens.dropFirst().first { name = found }
          (body, depth) = ([], 0)
          continue
        case "end" where depth == 0:
          if let name { definitions[name] = body }
          name = nil
          continue
        case "if", "range", "with", "block": depth += 1
        case "end": depth -= 1
        default: break
        }
      }
      body.append(piece)
    }
  }

  /// The text of a template in Belfry's language.
  ///
  /// - Throws: if it uses something that has no counterpart.
  func translate(_ text: String) throws(Untranslatable) -> String {
    var run = Run(definitions: definitions, pieces: try GoTemplateTranslator.pieces(of: text))
    let result = try run.block(.root, ends: [])
    return result.text
  }
}

// MARK: - Reading

extension GoTemplateTranslator {
  enum Piece {
    case text(String)
    case action(Action)
  }

  struct Action {
    var tokens: [Token] = []

    /// The first word, if it is a name.
    var keyword: String {
      if case .name(let name)? = tokens.first { name } else { "" }
    }
  }

  enum Token: Equatable {
    case string(String)
    case number(String)
    /// `.Labels.x`, or `.` alone, which has no parts.
    case path([String])
    /// `$.Status`: from the root.
    case rootPath([String])
    case variable(String)
    case name(String)
    case mark(Character)
  }

  /// The parts of a text; white space that `{{-` and `-}}` remove is removed.
  private static func pieces(of text: String) throws(Untranslatable) -> [Piece] {
    var pieces: [Piece] = []
    var rest = Substring(text)
    var trims = false
    func literal(_ text: Substring, trimsEnd: Bool) {
      var text = trims ? text.drop(while: \.isWhitespace) : text
      while trimsEnd, text.last?.isWhitespace == true { text.removeLast() }
      if !text.isEmpty { pieces.append(.text(String(text))) }
    }
    while let start = rest.firstRange(of: "{{") {
      let before = rest[..<start.lowerBound]
      rest = rest[start.upperBound...]
      let trimsBefore = rest.hasPrefix("- ") || rest.hasPrefix("-\n")
      literal(before, trimsEnd: trimsBefore)
      if trimsBefore { rest = rest.dropFirst() }
      if rest.drop(while: \.isWhitespace).hasPrefix("/*") {
        guard let end = rest.firstRange(of: "*/"), let close = rest[end.upperBound...].firstRange(of: "}}") else {
          throw Untranslatable(reason: "a comment is not closed")
        }
        trims = rest[end.upperBound..<close.lowerBound].contains("-")
        rest = rest[close.upperBound...]
        continue
      }
      var action = Action()
      trims = false
      while !rest.hasPrefix("}}") {
        if rest.hasPrefix("-}}") {
          trims = true
          rest = rest.dropFirst()
        } else if let token = try token(&rest) {
          action.tokens.append(token)
        }
      }
      rest = rest.dropFirst(2)
      pieces.append(.action(action))
    }
    literal(rest, trimsEnd: false)
    return pieces
  }

  /// The next token; nil for white space.
  private static func token(_ rest: inout Substring) throws(Untranslatable) -> Token? {
    guard let first = rest.first else { throw Untranslatable(reason: "a placeholder is not closed") }
    if first.isWhitespace {
      rest = rest.drop(while: \.isWhitespace)
      return nil
    }
    switch first {
    case "\"": return .string(try quoted(&rest))
    case "`":
      guard let end = rest.dropFirst().firstIndex(of: "`") else { throw Untranslatable(reason: "a text is not closed") }
      defer { rest = rest[rest.index(after: end)...] }
      return .string(String(rest[rest.index(after: rest.startIndex)..<end]))
    case ".":
      return .path(path(&rest))
    case "$":
      rest = rest.dropFirst()
      if rest.first == "." { return .rootPath(path(&rest)) }
      let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
      rest = rest.dropFirst(name.count)
      return .variable(String(name))
    case "|", "(", ")", ",", "=", ":":
      rest = rest.dropFirst()
      return .mark(first)
    case _ where first.isNumber || first == "-":
      let digits = rest.prefix { $0.isNumber || $0 == "-" }
      rest = rest.dropFirst(digits.count)
      return .number(String(digits))
    case _ where first.isLetter || first == "_":
      let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
      rest = rest.dropFirst(name.count)
      return .name(String(name))
    default: throw Untranslatable(reason: "it contains \"\(first)\"")
    }
  }

  private static func path(_ rest: inout Substring) -> [String] {
    var parts: [String] = []
    while rest.first == "." {
      let part = rest.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "_" }
      rest = rest.dropFirst(part.count + 1)
      if part.isEmpty { break }
      parts.append(String(part))
    }
    return parts
  }

  private static func quoted(_ rest: inout Substring) throws(Untranslatable) -> String {
    var text = ""
    var isEscaped = false
    for (index, character) in zip(rest.indices, rest).dropFirst() {
      if isEscaped {
        text.append(["n": "\n", "t": "\t"][character] ?? character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        rest = rest[rest.index(after: index)...]
        return text
      } else {
        text.append(character)
      }
    }
    throw Untranslatable(reason: "a text is not closed")
  }
}

// MARK: - Writing

extension GoTemplateTranslator {
  /// What `.` stands for.
  enum Dot {
    case root
    case alert
    /// A label in a loop over labels.
    case pair
    /// A value that is written as this expression.
    case value(String)
  }

  /// One text that is being translated.
  fileprivate struct Run {
    let definitions: [String: [Piece]]
    var pieces: [Piece]
    var index = 0
    var depth = 0

    /// The pieces up to one of the keywords that end a block, and that keyword.
    mutating func block(_ dot: Dot, ends: Set<String>) throws(Untranslatable) -> (text: String, end: Action?) {
      var text = ""
      while index < pieces.count {
        let piece = pieces[index]
        index += 1
        switch piece {
        case .text(let literal):
          guard !literal.contains("{%"), !literal.contains("{#") else {
            throw Untranslatable(reason: "it contains {% or {#")
          }
          text += literal
        case .action(let action) where ends.contains(action.keyword): return (text, action)
        case .action(let action): text += try self.text(of: action, dot)
        }
      }
      guard ends.isEmpty else { throw Untranslatable(reason: "a block is not closed") }
      return (text, nil)
    }

    private mutating func text(of action: Action, _ dot: Dot) throws(Untranslatable) -> String {
      let rest = Array(action.tokens.dropFirst())
      switch action.keyword {
      case _ where action.tokens.isEmpty: throw Untranslatable(reason: "a placeholder is empty")
      case "if": return try condition(rest, dot)
      case "range": return try loop(rest, dot)
      case "with": return try with(rest, dot)
      case "template": return try named(rest, dot)
      case "end", "else", "define", "block", "break", "continue":
        throw Untranslatable(reason: "it uses `\(action.keyword)` there")
      default: return "{{ \(try expression(action.tokens, dot)) }}"
      }
    }

    private mutating func condition(_ tokens: [Token], _ dot: Dot) throws(Untranslatable) -> String {
      var text = "{% if \(try expression(tokens, dot)) %}"
      while true {
        let part = try block(dot, ends: ["else", "end"])
        text += part.text
        guard let end = part.end else { return text }
        guard end.keyword == "else" else { return text + "{% endif %}" }
        if case .name("if")? = end.tokens.dropFirst().first {
          text += "{% elif \(try expression(Array(end.tokens.dropFirst(2)), dot)) %}"
        } else if end.tokens.count == 1 {
          text += "{% else %}"
        } else {
          throw Untranslatable(reason: "it uses `else` in a form that has no counterpart")
        }
      }
    }

    private mutating func loop(_ tokens: [Token], _ dot: Dot) throws(Untranslatable) -> String {
      guard !tokens.contains(where: { if case .variable = $0 { true } else { false } }) else {
        throw Untranslatable(reason: "it uses `range` with variables")
      }
      let list = try expression(tokens, dot)
      let isOfAlerts = ["alerts", "firing", "ended"].contains(list)
      let isOfLabels = list.hasSuffix("labels") || list.hasSuffix("annotations")
      guard isOfAlerts || isOfLabels else {
        throw Untranslatable(reason: "it uses `range` over something else than alerts")
      }
      let head =
        isOfAlerts ? "for alert in \(list)|top:\(GoTemplateTranslator.mostAlerts)" : "for name, value in \(list)"
      var text = "{% \(head) %}"
      var part = try block(isOfAlerts ? .alert : .pair, ends: ["else", "end"])
      text += part.text
      if let end = part.end, end.keyword == "else" {
        text += "{% else %}"
        part = try block(dot, ends: ["end"])
        text += part.text
      }
      return text + "{% endfor %}"
    }

    private mutating func with(_ tokens: [Token], _ dot: Dot) throws(Untranslatable) -> String {
      let value = try expression(tokens, dot)
      var text = "{% if \(value) %}"
      var part = try block(.value(value), ends: ["else", "end"])
      text += part.text
      if let end = part.end, end.keyword == "else" {
        guard end.tokens.count == 1 else { throw Untranslatable(reason: "it uses `else with`") }
        text += "{% else %}"
        part = try block(dot, ends: ["end"])
        text += part.text
      }
      return text + "{% endif %}"
    }

    /// A named template in its place.
    private mutating func named(_ tokens: [Token], _ dot: Dot) throws(Untranslatable) -> String {
      guard case .string(let name)? = tokens.first, tokens.count == 2 else {
        throw Untranslatable(reason: "it uses `template` in a form that has no counterpart")
      }
      guard let body = definitions[name] else {
        if let value = GoTemplateTranslator.standard(name), case .root = dot { return "{{ \(value) }}" }
        throw Untranslatable(reason: "the template \"\(name)\" is unknown")
      }
      guard depth < 8 else { throw Untranslatable(reason: "templates name each other too deeply") }
      var inner: Dot = dot
      switch tokens[1] {
      case .path([]): break
      case .variable(""), .rootPath([]): inner = .root
      default: throw Untranslatable(reason: "the template \"\(name)\" is used with a part of the data")
      }
      if case .value = inner {
        throw Untranslatable(reason: "the template \"\(name)\" is used with a part of the data")
      }
      var run = Run(definitions: definitions, pieces: body, depth: depth + 1)
      return try run.block(inner, ends: []).text
    }

    // MARK: Expressions

    private func expression(_ tokens: [Token], _ dot: Dot) throws(Untranslatable) -> String {
      var reader = GoTemplateExpression(tokens: tokens, dot: dot)
      let value = try reader.pipeline()
      guard reader.isAtEnd else { throw Untranslatable(reason: "it has an expression that has no counterpart") }
      return value
    }
  }

  /// The most alerts of a loop: a longer one could reach the limits of a template.
  static let mostAlerts = 50

  /// Alertmanager's own templates, as what is similar here.
  private static func standard(_ name: String) -> String? {
    let part = name.split(separator: ".").last.map(String.init) ?? name
    switch part {
    case "title", "subject", "__subject", "summary", "entity_display_name": return "title"
    case "text", "message", "description", "__text_alert_list", "state_message", "content": return "text"
    case "titlelink", "clientURL", "title_link", "__alertmanagerURL", "url": return "link"
    default: return nil
    }
  }
}
