// SPDX-License-Identifier: Apache-2.0
import Belfry

/// Data for the tests of templates, with a value of every kind.
struct TemplateSample: TemplateObject {
  static let shape = TemplateShape.object([
    "title": .text, "empty": .text, "long": .text, "count": .number, "isFiring": .bool, "since": .instant,
    "duration": .duration, "labels": .labels, "names": .list(.text), "alerts": .list(alert), "nothing": .list(.text),
    "foreign": .any, "many": .list(.number),
  ])
  private static let alert = TemplateShape.object(["title": .text, "severity": .text, "labels": .labels])

  static let long = String(repeating: "ä\u{301}🔥 <b>{{x}}", count: 4_000)

  var memberNames: [String] { ["title", "count"] }

  func member(_ name: String) -> TemplateValue {
    switch name {
    case "title": .text("Disk “/” full — 95 %")
    case "empty": .text("")
    case "long": .text(TemplateSample.long)
    case "count": .number(3)
    case "isFiring": .bool(true)
    case "since": .instant(Instant(seconds: 1_795_424_707))
    case "duration": .duration(.seconds(13_345))
    case "labels": .labels(["team": "web", "host": "db-1", "app.kubernetes.io/name": "x"])
    case "names": .list([.text("b"), .text("a"), .text("é")])
    case "alerts": .list([.object(Alert(title: "First", severity: "critical")), .object(Alert(title: "Second"))])
    case "nothing": .list([])
    case "many": .list((0..<1_000).map { .number($0) })
    default: .none
    }
  }

  private struct Alert: TemplateObject {
    var title: String
    var severity = "warning"
    var memberNames: [String] { ["title", "severity"] }
    func member(_ name: String) -> TemplateValue {
      switch name {
      case "title": .text(title)
      case "severity": .text(severity)
      case "labels": .labels(["host": title])
      default: .none
      }
    }
  }
}

extension Template {
  /// The text that a template makes of the sample.
  static func text(_ source: String, within limits: TemplateLimits = .standard) throws -> String {
    try Template(source, for: TemplateSample.shape).render(TemplateSample(), within: limits)
  }
}
