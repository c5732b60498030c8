// SPDX-License-Identifier: Apache-2.0

/// Renders a template once.
///
/// The work is linear in the steps that the limits allow: recursion is only as deep as the parser allowed it, and no text
/// grows beyond the limit before it is checked.
struct TemplateRun {
  private let root: any TemplateObject
  private var scope: [(name: String, value: TemplateValue)] = []
  private var budget: TemplateBudget
  private var output = ""

  init(_ root: any TemplateObject, _ limits: TemplateLimits) {
    self.root = root
    budget = TemplateBudget(limits)
  }

  mutating func text(of nodes: [TemplateNode]) throws(TemplateFault) -> String {
    try render(nodes)
    return output
  }

  private mutating func render(_ nodes: [TemplateNode]) throws(TemplateFault) {
    for node in nodes {
      switch node {
      case .text(let text): try append(text)
      case .value(let expression): try append(value(of: expression).text)
      case .condition(let branches, let otherwise): try render(taken(branches) ?? otherwise)
      case .loop(let loop): try render(loop)
      }
    }
  }

  private mutating func append(_ text: String) throws(TemplateFault) {
    output += text
    try budget.check(output)
  }

  private mutating func taken(_ branches: [TemplateNode.Branch]) throws(TemplateFault) -> [TemplateNode]? {
    for branch in branches where try value(of: branch.condition).isTrue { return branch.body }
    return nil
  }

  private mutating func render(_ loop: TemplateNode.Loop) throws(TemplateFault) {
    let elements = try value(of: loop.list).elements
    if elements.isEmpty { return try render(loop.otherwise) }
    let outer = scope.count
    for (index, element) in elements.enumerated() {
      try budget.spend()
      switch loop.variables.count {
      case 1: scope.append((loop.variables[0], element))
      default:
        scope.append((loop.variables[0], element.member("name")))
        scope.append((loop.variables[1], element.member("value")))
      }
      scope.append(("forloop", .object(LoopPosition(index: index, count: elements.count))))
      try render(loop.body)
      scope.removeLast(scope.count - outer)
    }
  }

  // MARK: - Expressions

  /// The value of an expression.
  mutating func value(of expression: TemplateExpression) throws(TemplateFault) -> TemplateValue {
    switch expression {
    case .text(let text):
      try budget.spend()
      return .text(text)
    case .number(let number):
      try budget.spend()
      return .number(number)
    case .bool(let value):
      try budget.spend()
      return .bool(value)
    case .path(let name, let members):
      try budget.spend()
      return members.reduce(named(name)) { $0.member($1) }
    case .filtered(let expression, let calls):
      let input = try value(of: expression)
      return try filtered(input, by: calls)
    case .compared(let left, let comparison, let right):
      let (left, right) = (try value(of: left), try value(of: right))
      try budget.spend(textOf: left)
      try budget.spend(textOf: right)
      return .bool(comparison.holds(left, right))
    case .not(let expression): return .bool(!(try value(of: expression).isTrue))
    case .all(let expressions):
      for expression in expressions where !(try value(of: expression).isTrue) { return .bool(false) }
      return .bool(true)
    case .any(let expressions):
      for expression in expressions where try value(of: expression).isTrue { return .bool(true) }
      return .bool(false)
    }
  }

  /// The value after some filters.
  mutating func filtered(
    _ input: TemplateValue,
    by calls: [TemplateFilterCall]
  ) throws(TemplateFault) -> TemplateValue {
    var result = input
    for call in calls {
      try budget.spend(textOf: result)
      switch call.operation {
      case .apply(let function): result = try function(result, &budget)
      case .fallback(let expression): if result.isMissing { result = try value(of: expression) }
      }
    }
    return result
  }

  private func named(_ name: String) -> TemplateValue {
    for variable in scope.reversed() where variable.name == name { return variable.value }
    return root.member(name)
  }
}

extension TemplateExpression.Comparison {
  fileprivate func holds(_ left: TemplateValue, _ right: TemplateValue) -> Bool {
    switch self {
    case .equal: left.order(right) == .equal
    case .unequal: left.order(right) != .equal
    case .less: left.order(right) == .less
    case .greater: left.order(right) == .greater
    case .atMost: left.order(right) != .greater
    case .atLeast: left.order(right) != .less
    case .contained: left.isContained(in: right)
    }
  }
}

/// What is left of the steps, and the largest text.
package struct TemplateBudget {
  private let limits: TemplateLimits
  private var stepsLeft: Int

  init(_ limits: TemplateLimits) {
    self.limits = limits
    stepsLeft = limits.steps
  }

  /// Takes steps away.
  mutating func spend(_ steps: Int = 1) throws(TemplateFault) {
    stepsLeft -= steps
    if stepsLeft < 0 { throw .tooManySteps(limit: limits.steps) }
  }

  /// Takes away the steps for reading a value.
  mutating func spend(textOf value: TemplateValue) throws(TemplateFault) {
    switch value {
    case .text(let text): try spend(1 + text.utf8.count / 1024)
    case .list(let elements): try spend(1 + elements.count / 64)
    default: try spend()
    }
  }

  /// Checks the length of a text that is being made.
  func check(_ text: String) throws(TemplateFault) { try check(bytes: text.utf8.count) }

  /// Checks the length of what is being made.
  func check(bytes count: Int) throws(TemplateFault) {
    if count > limits.outputBytes { throw .tooLong(limit: limits.outputBytes) }
  }
}

/// Where a loop is.
private struct LoopPosition: TemplateObject {
  let index: Int
  let count: Int

  var memberNames: [String] { ["first", "last", "counter", "counter0", "length"] }
  func member(_ name: String) -> TemplateValue {
    switch name {
    case "first": .bool(index == 0)
    case "last": .bool(index == count - 1)
    case "counter": .number(index + 1)
    case "counter0": .number(index)
    case "length": .number(count)
    default: .none
    }
  }
}
