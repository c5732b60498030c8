// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryTesting

/// A template of the page about templates, in its section about patterns.
package struct TemplatePattern: Sendable {
  /// The name of its channel.
  package let name: String
  package let json: JSONNode

  /// The template, and what is wrong with it.
  package func read() -> (template: MessageTemplate?, findings: [Finding]) {
    var report = Report(source: SourceText(name: "docs/templates.md", bytes: []), folder: "/")
    let template = MessageTemplate.read(json, &report)
    return (template, report.findings)
  }

  /// Those of the page, in its order.
  package static let all: [TemplatePattern] = {
    // The first example of the page is not in the section.
    let examples = DocsPage.all.first { $0.path == "docs/templates.md" }?.examples.filter { $0.form == "json fragment" }
    let parsed = (examples ?? []).dropFirst().compactMap { example in
      JSONTree.parse(SourceText(name: "docs/templates.md", bytes: Array("{\(example.text)}".utf8))).node
    }
    return parsed.flatMap { $0["channels"]?.members ?? [] }.compactMap { member in
      member.node["template"].map { TemplatePattern(name: member.name, json: $0) }
    }
  }()
}
