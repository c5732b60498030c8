// SPDX-License-Identifier: Apache-2.0

/// Reads a template in one pass over its bytes.
///
/// Only blocks and parentheses recurse, and those no deeper than `TemplateLimits.depth`.
struct TemplateParser {
  private var scanner: TemplateScanner
  private var scope: [(name: String, shape: TemplateShape)] = []
  private let root: TemplateShape
  private var depth = 0

  init(_ source: String, root: TemplateShape) {
    scanner = TemplateScanner(source)
    self.root = root
  }

  /// A tag that ends a part of a block: `else`, `endif`.
  private struct Tag {
    let word: String
    let start: Int
  }

  mutating func template() throws(TemplateProblem) -> [TemplateNode] {
    if scanner.count > TemplateLimits.sourceBytes {
      let limit = TemplateLimits.sourceBytes.grouped
      throw scanner.problem("the template is longer than \(limit) bytes.", at: 0)
    }
    let (nodes, end) = try nodes()
    if let end { throw unexpected(end, in: nil) }
    return nodes
  }

  /// The filters after a value of some shape: `|upper|cut:80`, which is the whole source.
  ///
  /// - Returns: the filters, and the shape of what they make.
  mutating func filters(
    of shape: TemplateShape
  ) throws(TemplateProblem) -> (calls: [TemplateFilterCall], shape: TemplateShape) {
    let result = try calls(on: shape)
    guard scanner.isAtEnd else { throw scanner.problem("expected a filter.", at: scanner.position) }
    return result
  }

  // MARK: - Blocks

  /// The nodes up to the end, or up to a tag that belongs to the block around them.
  private mutating func nodes() throws(TemplateProblem) -> (nodes: [TemplateNode], end: Tag?) {
    var nodes: [TemplateNode] = []
    while true {
      let (text, opening) = try scanner.text()
      if !text.isEmpty { nodes.append(.text(text)) }
      let start = scanner.position
      switch opening {
      case nil: return (nodes, nil)
      case .value:
        scanner.open()
        let place = scanner.position
        let (expression, shape) = try expression()
        try expectSingle(shape, at: place)
        try scanner.close("}}", of: start)
        nodes.append(.value(expression))
      case .tag:
        scanner.open()
        let tag = Tag(word: scanner.name() ?? "", start: start)
        switch tag.word {
        case "if": nodes.append(try condition(tag))
        case "for": nodes.append(try loop(tag))
        case "elif", "else", "empty", "endif", "endfor": return (nodes, tag)
        default:
          throw scanner.problem(
            "there is no tag \"\(tag.word)\".",
            remedy: Nearest.remedy(for: tag.word, among: ["if", "elif", "else", "endif", "for", "endfor"]),
            at: start
          )
        }
      }
    }
  }

  private mutating func condition(_ tag: Tag) throws(TemplateProblem) -> TemplateNode {
    try enter(at: tag.start)
    var branches: [TemplateNode.Branch] = []
    var test = try expression().0
    while true {
      try scanner.close("%}", of: tag.start)
      let (body, end) = try nodes()
      guard let end else { throw unclosed(tag) }
      branches.append(TemplateNode.Branch(condition: test, body: body))
      switch end.word {
      case "elif": test = try expression().0
      case "else":
        try scanner.close("%}", of: end.start)
        let (otherwise, last) = try nodes()
        guard let last else { throw unclosed(tag) }
        guard last.word == "endif" else { throw unexpected(last, in: tag) }
        try scanner.close("%}", of: last.start)
        depth -= 1
        return .condition(branches, otherwise: otherwise)
      case "endif":
        try scanner.close("%}", of: end.start)
        depth -= 1
        return .condition(branches, otherwise: [])
      default: throw unexpected(end, in: tag)
      }
    }
  }

  private mutating func loop(_ tag: Tag) throws(TemplateProblem) -> TemplateNode {
    try enter(at: tag.start)
    var variables = [try variable()]
    if scanner.take(",") { variables.append(try variable()) }
    guard scanner.takeWord("in") else {
      throw scanner.problem(
        "expected \"in\".",
        remedy: "Write it as {% for alert in alerts %}.",
        at: scanner.position
      )
    }
    let place = scanner.position
    let (list, shape) = try expression()
    guard shape.isSeveral else { throw scanner.problem("this is \(shape.words), not a list.", at: place) }
    try scanner.close("%}", of: tag.start)
    let outer = scope.count
    if variables.count == 1 {
      scope.append((variables[0], shape.element))
    } else {
      guard shape == .labels || shape == .any else {
        throw scanner.problem("only labels have a name and a value.", remedy: "Use one variable.", at: place)
      }
      scope += variables.map { ($0, .text) }
    }
    scope.append(("forloop", .loop))
    let (body, middle) = try nodes()
    scope.removeLast(scope.count - outer)
    var end = middle
    var otherwise: [TemplateNode] = []
    if let middle, ["else", "empty"].contains(middle.word) {
      try scanner.close("%}", of: middle.start)
      (otherwise, end) = try nodes()
    }
    guard let end else { throw unclosed(tag) }
    guard end.word == "endfor" else { throw unexpected(end, in: tag) }
    try scanner.close("%}", of: end.start)
    depth -= 1
    return .loop(TemplateNode.Loop(variables: variables, list: list, body: body, otherwise: otherwise))
  }

  private mutating func variable() throws(TemplateProblem) -> String {
    let place = scanner.position
    guard let name = scanner.name() else { throw scanner.problem("expected the name of a variable.", at: place) }
    guard !TemplateScanner.reserved.contains(name), name != "forloop" else {
      throw scanner.problem("\"\(name)\" cannot be a variable.", remedy: "Use another name.", at: place)
    }
    return name
  }

  // MARK: - Expressions

  typealias Typed = (TemplateExpression, TemplateShape)

  private mutating func expression() throws(TemplateProblem) -> Typed {
    let first = try conjunction()
    var all = [first.0]
    while scanner.takeWord("or") { all.append(try conjunction().0) }
    return all.count == 1 ? first : (.any(all), .bool)
  }

  private mutating func conjunction() throws(TemplateProblem) -> Typed {
    let first = try negation()
    var all = [first.0]
    while scanner.takeWord("and") { all.append(try negation().0) }
    return all.count == 1 ? first : (.all(all), .bool)
  }

  private mutating func negation() throws(TemplateProblem) -> Typed {
    var isNegative = false
    var hasNot = false
    while scanner.takeWord("not") {
      isNegative.toggle()
      hasNot = true
    }
    let value = try comparison()
    if !hasNot { return value }
    return (isNegative ? .not(value.0) : .not(.not(value.0)), .bool)
  }

  private mutating func comparison() throws(TemplateProblem) -> Typed {
    let left = try filtered()
    guard let comparison = scanner.comparison() else { return left }
    let right = try filtered()
    let place = scanner.position
    if scanner.comparison() != nil {
      throw scanner.problem("a comparison has two sides.", remedy: "Join several with \"and\".", at: place)
    }
    return (.compared(left.0, comparison, right.0), .bool)
  }

  private mutating func filtered() throws(TemplateProblem) -> Typed {
    let value = try single()
    let (calls, shape) = try calls(on: value.1)
    return calls.isEmpty ? value : (.filtered(value.0, calls), shape)
  }

  /// A constant, a name, or an expression in parentheses.
  private mutating func single() throws(TemplateProblem) -> Typed {
    let place = scanner.position
    if scanner.take("(") {
      try enter(at: place)
      let inner = try expression()
      guard scanner.take(")") else { throw scanner.problem("this parenthesis is not closed.", at: place) }
      depth -= 1
      return inner
    }
    if let constant = try constant() { return constant }
    guard let name = scanner.name() else { throw scanner.problem("expected a value.", at: place) }
    guard !TemplateScanner.reserved.contains(name) else {
      throw scanner.problem("expected a value, not \"\(name)\".", at: place)
    }
    var shape = try shape(of: name, at: place)
    var members: [String] = []
    while let (member, place) = try scanner.member() {
      guard let next = shape.member(member) else { throw missing(member, in: shape, at: place) }
      members.append(member)
      shape = next
    }
    return (.path(name, members), shape)
  }

  private mutating func constant() throws(TemplateProblem) -> Typed? {
    if let text = try scanner.string() { return (.text(text), .text) }
    if let number = try scanner.number() { return (.number(number), .number) }
    if scanner.takeWord("true") { return (.bool(true), .bool) }
    if scanner.takeWord("false") { return (.bool(false), .bool) }
    return nil
  }

  // MARK: - Filters

  private mutating func calls(
    on shape: TemplateShape
  ) throws(TemplateProblem) -> (calls: [TemplateFilterCall], shape: TemplateShape) {
    var shape = shape
    var calls: [TemplateFilterCall] = []
    while scanner.take("|") {
      let place = scanner.position
      let name = scanner.name() ?? ""
      guard let filter = TemplateFilter.named(name) else {
        throw scanner.problem(
          "there is no filter \"\(name)\".",
          remedy: Nearest.remedy(for: name, among: TemplateFilter.all.map(\.name)),
          at: place
        )
      }
      try check(filter, on: shape, at: place)
      calls.append(try call(filter, at: place))
      switch filter.output {
      case .same: break
      case .text: shape = .text
      case .number: shape = .number
      case .instant: shape = .instant
      }
    }
    return (calls, shape)
  }

  private func check(_ filter: TemplateFilter, on shape: TemplateShape, at place: Int) throws(TemplateProblem) {
    switch filter.input {
    case .single where !shape.isSingle:
      throw scanner.problem("the filter `\(filter.name)` does not work on \(shape.words).", at: place)
    case .several where !shape.isSeveral:
      throw scanner.problem("the filter `\(filter.name)` works on lists, not on \(shape.words).", at: place)
    case .single, .several, .anything: return
    }
  }

  private mutating func call(_ filter: TemplateFilter, at place: Int) throws(TemplateProblem) -> TemplateFilterCall {
    var arguments: [TemplateExpression] = []
    if scanner.take(":") {
      repeat { arguments.append(try argument(of: filter)) } while scanner.take(",")
    }
    guard let make = filter.make else {
      guard arguments.count == 1 else {
        throw scanner.problem("the filter `\(filter.name)` takes 1 argument, not \(arguments.count).", at: place)
      }
      return TemplateFilterCall(name: filter.name, arguments: arguments, operation: .fallback(arguments[0]))
    }
    do throws(TemplateMisuse) {
      let function = try make(TemplateArguments(arguments, of: filter.name))
      return TemplateFilterCall(name: filter.name, arguments: arguments, operation: .apply(function))
    } catch {
      let remedy = error.remedy.isEmpty ? "Write it like \(filter.usage)." : error.remedy
      throw scanner.problem(error.text, remedy: remedy, at: place)
    }
  }

  private mutating func argument(of filter: TemplateFilter) throws(TemplateProblem) -> TemplateExpression {
    let place = scanner.position
    if let constant = try constant() { return constant.0 }
    if filter.make == nil {
      let (expression, shape) = try single()
      try expectSingle(shape, at: place)
      return expression
    }
    throw scanner.problem("expected a text in quotes.", remedy: "Write it like \(filter.usage).", at: place)
  }

  // MARK: - Names

  private func shape(of name: String, at place: Int) throws(TemplateProblem) -> TemplateShape {
    for variable in scope.reversed() where variable.name == name { return variable.shape }
    if let shape = root.member(name) { return shape }
    let known = (root.memberNames ?? []) + scope.map(\.name)
    throw scanner.problem(
      "there is no value \"\(name)\".",
      remedy: Nearest.remedy(for: name, among: known),
      at: place
    )
  }

  private func missing(_ member: String, in shape: TemplateShape, at place: Int) -> TemplateProblem {
    let known = shape.memberNames ?? []
    if known.isEmpty { return scanner.problem("\(shape.words) has no \"\(member)\".", at: place) }
    return scanner.problem(
      "there is no \"\(member)\" in \(shape.words).",
      remedy: Nearest.remedy(for: member, among: known),
      at: place
    )
  }

  private func expectSingle(_ shape: TemplateShape, at place: Int) throws(TemplateProblem) {
    if shape.isSingle { return }
    let remedy =
      shape.isSeveral
      ? "Use it in {% for … %}, or with the filter `join` or `json`." : "Name one of its members, or use `json`."
    throw scanner.problem("this is \(shape.words), not a text.", remedy: remedy, at: place)
  }

  // MARK: - Problems

  private mutating func enter(at place: Int) throws(TemplateProblem) {
    depth += 1
    if depth > TemplateLimits.depth {
      throw scanner.problem("it is nested more than \(TemplateLimits.depth) levels deep.", at: place)
    }
  }

  private func unclosed(_ tag: Tag) -> TemplateProblem {
    scanner.problem("{% \(tag.word) %} has no {% end\(tag.word) %}.", at: tag.start)
  }

  private func unexpected(_ tag: Tag, in block: Tag?) -> TemplateProblem {
    let remedy = block.map { "Close {% \($0.word) %} with {% end\($0.word) %}." } ?? "Remove it."
    return scanner.problem("{% \(tag.word) %} does not belong here.", remedy: remedy, at: tag.start)
  }
}
