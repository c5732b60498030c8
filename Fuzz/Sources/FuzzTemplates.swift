// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Fuzzes templates and the texts that they show: a problem names its place, and a text keeps to the limits.
@Sendable func fuzzTemplates(_ bytes: [UInt8]) {
  var input = FuzzBytes(bytes)
  let (source, text, label) = (input.text(), input.text(), input.text())
  let data = FuzzedData(text: text, labels: ["team": label, label: text])
  do throws(TemplateProblem) {
    let template = try Template(source, for: .any)
    do throws(TemplateFault) {
      let rendered = try template.render(data)
      expect(rendered.utf8.count <= TemplateLimits.standard.outputBytes, "a text is within its limit")
      expect(try template.render(data) == rendered, "the same data gives the same text")
    } catch {
      expect(!error.description.isEmpty, "a reason")
    }
  } catch {
    expect(error.line >= 1 && error.column >= 1 && !error.text.isEmpty, "a place and a reason")
  }
}

/// Values of every kind, whatever their names.
private struct FuzzedData: TemplateObject {
  var text: String
  var labels: Labels
  var memberNames: [String] { ["text", "labels", "list"] }

  func member(_ name: String) -> TemplateValue {
    switch name.utf8.reduce(0, { $0 &+ $1 }) % 8 {
    case 0: .none
    case 1: .number(text.utf8.count)
    case 2: .instant(Instant(seconds: Int64(text.utf8.count) * 1_000_000))
    case 3: .duration(.seconds(text.utf8.count))
    case 4: .labels(labels)
    case 5: .list(labels.map { .text($0.value) })
    case 6: .bool(text.isEmpty)
    default: .text(text)
    }
  }
}
