// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import Testing

@Suite("A random template")
struct RandomTemplateTests {
  private static let words = [
    "{{", "}}", "{%", "%}", "{#", "#}", "-", "if", "elif", "else", "endif", "for", "in", "endfor", "and", "or", "not",
    "a",
    "b", ",", ":", "|", ".", "[", "]", "(", ")", "\"", "'", "\\", "0", "-7", "99999999999", "==", "!=", "<", ">=", " ",
    "\n",
    "title", "labels", "alerts", "long", "many", "foreign", "forloop", "é", "text",
  ]

  /// Text that is a template more often than not.
  private static func source(_ random: inout SeededGenerator, depth: Int = 0) -> String {
    (0..<Int.random(in: 1...4, using: &random)).map { _ in
      switch Int.random(in: 0..<(depth > 4 ? 3 : 7), using: &random) {
      case 0: return "text "
      case 1, 2: return "{{ \(expression(&random)) }}"
      case 3: return "{% if \(expression(&random)) %}\(source(&random, depth: depth + 1)){% endif %}"
      case 4:
        return "{% if \(expression(&random)) == 1 %}\(source(&random, depth: depth + 1)){% else %}x{% endif %}"
      case 5: return "{% for a in \(expression(&random)) %}\(source(&random, depth: depth + 1)){% endfor %}"
      default: return words.randomElement(using: &random) ?? ""
      }
    }.joined()
  }

  private static func expression(_ random: inout SeededGenerator) -> String {
    let names = [
      "title", "long", "count", "since", "duration", "labels", "names", "alerts", "many", "foreign", "7", "\"é\"",
    ]
    var text = names.randomElement(using: &random) ?? ""
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      text += "|" + (TemplateFilterTests.uses.randomElement(using: &random) ?? "")
    }
    return text
  }

  private static func outcome(of template: Template) -> Result<String, TemplateFault> {
    Result { () throws(TemplateFault) in try template.render(TemplateSample()) }
  }

  @Test("is a problem with a place in it, or has one text within the limits", arguments: 0..<40)
  func random(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var rendered = 0
    for round in 0..<50 {
      let source =
        round.isMultiple(of: 2)
        ? Self.source(&random)
        : (0..<30).map { _ in Self.words.randomElement(using: &random) ?? "" }.joined()
      for shape in [TemplateSample.shape, .any] {
        do throws(TemplateProblem) {
          let template = try Template(source, for: shape)
          rendered += 1
          let outcome = Self.outcome(of: template)
          #expect(outcome == Self.outcome(of: template), "\(source)")
          if case .success(let text) = outcome { #expect(text.utf8.count <= 65_536, "\(source)") }
        } catch {
          let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
          #expect((1...lines.count).contains(error.line), "\(source)")
          #expect((1...lines[error.line - 1].count + 1).contains(error.column), "\(source)")
          #expect(!error.text.isEmpty && error.text.hasSuffix("."), "\(error.text)")
        }
      }
    }
    #expect(rendered > 10)
  }
}
