// SPDX-License-Identifier: Apache-2.0
package import Belfry

extension Matcher: FieldValue {
  package static var shape: FieldShape {
    let text = FieldShape.string("a matcher such as team!=\"web\"")
    return .said(
      "an object with severity, category, source and labels, or a list of matchers such as team!=\"web\"",
      .oneOf([.record(fields.map(\.summary)), text, .list(text)])
    )
  }

  static let fields: [Field<Matcher>] = [
    .optional(
      "severity",
      \.severity,
      "One, several, or `\"warning+\"` for that and above.",
      otherwise: "any",
      example: "warning+"
    ),
    .optional(
      "category",
      \.category,
      "A value, a glob with `*`, `/a regex/`, `{\"not\": …}`, or a list of these.",
      otherwise: "any"
    ),
    .optional("source", \.source, "Names of sources, as for `category`.", otherwise: "any"),
    .optional("labels", \.labelMatchers, "Label names, each with patterns as for `category`.", otherwise: "any"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> Matcher? {
    if node.string != nil || node.elements != nil { return readList(node, &report) }
    var matcher = Matcher()
    Field.decode(fields, from: node, into: &matcher, report: &report)
    return matcher
  }

  /// Reads matchers in Alertmanager's format, of which all must match; each text may contain several.
  private static func readList(_ node: JSONNode, _ report: inout Report) -> Matcher? {
    guard let texts = [Located<String>].read(node, &report) else { return nil }
    guard !texts.isEmpty else {
      report.error("an empty list matches everything.", at: node.offset, remedy: "Add a matcher, or remove the key.")
      return nil
    }
    var matchers: [AlertmanagerMatcher] = []
    for text in texts {
      do throws(MatcherSyntaxError) {
        matchers += try AlertmanagerMatcher.list(text.value)
      } catch {
        report.error("\(error.text).", at: text.offset, remedy: "Write it like team=\"web\" or host=~\"db.*\".")
        return nil
      }
    }
    do throws(PatternError) {
      let matcher = try Matcher(matchers)
      if let label = matcher.impossibleLabel {
        report.error(
          "no value of the label \(label) can match.",
          at: node.offset,
          remedy: "Remove one of its matchers."
        )
        return nil
      }
      return matcher
    } catch {
      report.error(error.text, at: node.offset, remedy: "Correct the regular expression.")
      return nil
    }
  }

  package var shown: String { text }

  /// The matcher in one line, such as `severity critical, category disk*`; `everything` without conditions.
  package var text: String {
    var parts: [String] = []
    if let severity { parts.append("severity \(severity.text)") }
    if let category { parts.append("category \(category.text)") }
    if let source { parts.append("source \(source.text)") }
    parts += labels.map { "\($0.name) \($0.patterns.text)" }
    let taken = parts.isEmpty ? "everything" : parts.joined(separator: ", ")
    return unless.isEmpty ? taken : "\(taken) unless \(unless.map { "(\($0.text))" }.joined(separator: " or "))"
  }

  private var labelMatchers: LabelMatchers {
    get { LabelMatchers(matchers: labels) }
    set { labels = newValue.matchers }
  }
}

/// The `labels` of a matcher: an object of patterns.
private struct LabelMatchers: FieldValue {
  var matchers: [Matcher.LabelMatcher]

  static var shape: FieldShape {
    .said("an object of label names, each with a pattern or a list of them", .named(Patterns.shape))
  }
  static func read(_ node: JSONNode, _ report: inout Report) -> LabelMatchers? {
    guard let members = node.members else {
      report.error("expected an object of labels, found \(node.kindName).", at: node.offset)
      return nil
    }
    var matchers: [Matcher.LabelMatcher] = []
    for member in members {
      if let patterns = report.within(member.name, { Patterns.read(member.node, &$0) }) {
        matchers.append(Matcher.LabelMatcher(name: member.name, patterns: patterns))
      }
    }
    return matchers.count == members.count ? LabelMatchers(matchers: matchers) : nil
  }
  var shown: String { "" }
}

extension SeveritySelector: FieldValue {
  package static var shape: FieldShape {
    let known = Severity.known.map(\.name)
    let one = FieldShape.oneOf([.choice(known + known.map { $0 + "+" }), .string("another word")])
    return .said("a severity, a list of them, or one with + for that and above", .oneOf([one, .list(one)]))
  }

  package static func read(_ node: JSONNode, _ report: inout Report) -> SeveritySelector? {
    guard let words = [Located<String>].read(node, &report) else { return nil }
    let scale = report.severities
    var severities: Set<Severity> = []
    for word in words {
      if word.value.hasSuffix("+") {
        let least = scale.severity(String(word.value.dropLast()))
        guard least.level != .other else {
          let known = scale.isStandard ? "critical, warning and info" : "a word of `severities`"
          report.error(
            "\"\(word.value)\": + works only with \(known).",
            at: word.offset,
            remedy: Nearest.remedy(for: word.value, among: scale.rows.joined().map { $0 + "+" })
          )
          continue
        }
        severities.formUnion(scale.atLeast(least))
      } else {
        severities.insert(scale.severity(word.value))
        warnOfSlip(word, &report)
      }
    }
    guard !severities.isEmpty else {
      if words.isEmpty { report.error("an empty list matches nothing.", at: node.offset) }
      return nil
    }
    return SeveritySelector(severities)
  }

  /// Warns of a severity that is similar to a known one, which is probably a typing mistake; any word is allowed.
  ///
  /// If the file names its severities, it warns of every other word.
  private static func warnOfSlip(_ word: Located<String>, _ report: inout Report) {
    let scale = report.severities
    guard !scale.isKnown(word.value) else { return }
    let known = Array(scale.rows.joined())
    guard scale.isStandard else {
      let near = Nearest.name(to: word.value, among: known).map { "Did you mean \"\($0)\"?" }
      return report.warning(
        "\"\(word.value)\" is in no row of `severities`; it ranks last.",
        at: word.offset,
        remedy: near ?? "Add it to a row."
      )
    }
    guard let near = Nearest.name(to: word.value, among: known) else { return }
    report.warning("\"\(word.value)\" is not a known severity.", at: word.offset, remedy: "Did you mean \"\(near)\"?")
  }

  package var shown: String { text }
  package var text: String { severities.sorted().map(\.name).joined(separator: " or ") }
}
