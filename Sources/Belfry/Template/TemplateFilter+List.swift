// SPDX-License-Identifier: Apache-2.0

extension TemplateFilter {
  /// The filters for lists, which also work on labels.
  static let lists: [TemplateFilter] = [
    TemplateFilter("join", "join:\", \"", on: .several) { (arguments) throws(TemplateMisuse) in
      try arguments.expect(0...1)
      let separator = arguments.count == 0 ? ", " : arguments.text(0)
      return { (value, budget) throws(TemplateFault) in .text(try joined(value, separator, &budget)) }
    },
    TemplateFilter("top", "top:10", on: .several, to: .same) { (arguments) throws(TemplateMisuse) in
      try arguments.expect(1...1)
      let count = try arguments.number(0, in: 0...100_000)
      return { (value, _) throws(TemplateFault) in
        switch value {
        case .list(let elements): .list(Array(elements.prefix(count)))
        case .labels(let labels): .labels(Labels(labels.prefix(count)))
        default: value
        }
      }
    },
    TemplateFilter("skip", "skip:10", on: .several, to: .same) { (arguments) throws(TemplateMisuse) in
      try arguments.expect(1...1)
      let count = try arguments.number(0, in: 0...100_000)
      return { (value, _) throws(TemplateFault) in
        switch value {
        case .list(let elements): .list(Array(elements.dropFirst(count)))
        case .labels(let labels): .labels(Labels(labels.dropFirst(count)))
        default: value
        }
      }
    },
    TemplateFilter("count", "count", on: .anything, to: .number) { (arguments) throws(TemplateMisuse) in
      try arguments.expect(0...0)
      return { (value, _) throws(TemplateFault) in .number(value.count) }
    },
    choosing("only", "only:\"team\",\"host\"") { $0 },
    choosing("without", "without:\"pod\",\"instance\"") { !$0 },
  ]

  /// A filter that keeps or removes the labels with some names, or the texts of a list.
  private static func choosing(
    _ name: String,
    _ usage: String,
    where isKept: @escaping @Sendable (_ isNamed: Bool) -> Bool
  ) -> TemplateFilter {
    TemplateFilter(name, usage, on: .several, to: .same) { (arguments) throws(TemplateMisuse) in
      try arguments.expect(1...(.max))
      // `only:"team,host"` names two, as `map` has several pairs in one text.
      let parts = arguments.texts.flatMap { (text: String) -> [Substring] in text.split(separator: ",") }
      let names = Set(parts.map { ExactText(String(String($0).trimmed)) })
      return { (value, _) throws(TemplateFault) in
        switch value {
        case .list(let elements): .list(elements.filter { isKept(names.contains(ExactText($0.text))) })
        case .labels(let labels): .labels(Labels(labels.filter { isKept(names.contains(ExactText($0.name))) }))
        default: value
        }
      }
    }
  }

  /// The elements' texts, labels as `name=value`.
  private static func joined(
    _ value: TemplateValue,
    _ separator: String,
    _ budget: inout TemplateBudget
  ) throws(TemplateFault) -> String {
    var result = ""
    let texts: [String] =
      if case .labels(let labels) = value { labels.map { "\($0.name)=\($0.value)" } } else {
        value.elements.map(\.text)
      }
    for (index, text) in texts.enumerated() {
      if index > 0 { result += separator }
      result += text
      try budget.check(result)
    }
    return result
  }
}
