// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The keys `quiet` and `only`: hours in which only alerts in `except` are sent, or outside of which only these are.
///
/// One that has mistakes is kept as far as it was readable, so that its names count as used.
package struct HoursSettings: FieldValue {
  package var entries: [Entry] = []
  package var offset = 0
  /// Whether it is written with brackets.
  package var isList = false
  package var isWhole = true

  /// The severities that any of its entries excepts.
  package var except: SeveritySelector? {
    let severities = entries.compactMap(\.except?.severities).reduce(into: Set<Severity>()) { $0.formUnion($1) }
    return severities.isEmpty ? nil : SeveritySelector(severities)
  }

  package static let quietNote = "Alerts raised in these hours are delayed until they end."
  package static let onlyNote = "Alerts raised outside of these hours are delayed until they begin."

  package static var shape: FieldShape {
    .reference("hours", "a name of `times`, an object with hours or days, or a list of these")
  }
  /// What `shape` refers to.
  package static var wholeShape: FieldShape { [Entry].shape }

  /// A name, or an object.
  package struct Entry: FieldValue, SpanConfigurable {
    package var span = SpanSettings()
    package var times: [Located<String>] = []
    package var except: SeveritySelector?
    package var note = ""
    package var offset = 0

    package static var shape: FieldShape {
      .oneOf([.string("a name of `times`"), .record(fields.map(\.summary))])
    }

    package static let fields: [Field<Entry>] =
      [.optional("times", \.times, "Names of `times`, instead of hours and days.", otherwise: "the keys below apply")]
      + Field.spanFields + [
        .optional(
          "except",
          \.except,
          "The severities that are sent at any time, such as `critical`.",
          otherwise: "none"
        ),
        .optional("note", \.note, "Free text, shown beside the rule.", otherwise: "none"),
      ]

    package static func read(_ node: JSONNode, _ report: inout Report) -> Entry? {
      var entry = Entry()
      entry.offset = node.offset
      guard node.string == nil else {
        entry.times = Located<String>.read(node, &report).map { [$0] } ?? []
        return entry
      }
      let trouble = report.troubleCount
      Field.decode(fields, from: node, into: &entry, report: &report)
      if report.troubleCount == trouble { entry.check(node, &report) }
      return entry
    }

    private func check(_ node: JSONNode, _ report: inout Report) {
      guard let times = node["times"] else { return span.check(node, &report) }
      let others = SpanSettings.keys.filter { node[$0] != nil }
      if let other = others.first {
        report.error(
          "it has both `times` and `\(other)`.",
          at: node.offset,
          remedy: "Put the hours under \"times\" at the top of the file, or make a list of two entries."
        )
      } else if self.times.isEmpty {
        report.within("times") { $0.error("the list is empty.", at: times.offset, remedy: "Add a name.") }
      }
    }

    package var shown: String { times.isEmpty ? span.span.text : times.map(\.value).joined(separator: ", ") }
  }

  package static func read(_ node: JSONNode, _ report: inout Report) -> HoursSettings? {
    var settings = HoursSettings()
    settings.offset = node.offset
    let trouble = report.troubleCount
    if let elements = node.elements {
      settings.isList = true
      for (index, element) in elements.enumerated() {
        report.within("[\(index)]") { report in
          if let entry = Entry.read(element, &report) { settings.entries.append(entry) }
        }
      }
      if elements.isEmpty {
        report.error("the list is empty.", at: node.offset, remedy: "Add hours, or remove the key.")
      }
    } else if let entry = Entry.read(node, &report) {
      settings.entries = [entry]
    }
    settings.isWhole = report.troubleCount == trouble
    return settings
  }

  package var shown: String { entries.map(\.shown).joined(separator: ", ") }
}
