// SPDX-License-Identifier: Apache-2.0

/// What is changed in the labels of alerts on the way in, before anything is decided by them.
///
/// First `drop` leaves labels out, then `rename` gives others a new name, then `set` adds labels: the first two name labels
/// as the sender does. Of two labels that get the same name, the later one counts.
package struct AlertTransform: FieldContainer, Hashable {
  package var rename = RenamedLabels()
  package var set = SetLabels()
  package var drop = DroppedLabels()

  package init() {}

  package static let fields: [Field<AlertTransform>] = [
    .optional("rename", \.rename, "Labels, each with its new name.", otherwise: "labels keep their names"),
    .optional("set", \.set, "Labels that every alert gets, each with its value.", otherwise: "none"),
    .optional(
      "drop",
      \.drop,
      "Labels to leave out. Alerts that differ only in these are one alert.",
      otherwise: "none",
      example: "pod_uid"
    ),
  ]

  package var isEmpty: Bool { rename.names.isEmpty && set.labels.isEmpty && drop.names.isEmpty }

  /// Checks the keys against each other; `node` is the object that they are in.
  package func check(_ node: JSONNode, _ report: inout Report) {
    let outer = report.subject
    report.subject = node
    defer { report.subject = outer }
    var sources: [ExactText: String] = [:]
    for label in rename.names {
      if drop.names.contains(ExactText(label.name)) {
        report.error(
          "the label \"\(label.name)\" is also left out by `drop`.",
          key: "rename",
          remedy: "Remove it from one of the two."
        )
      }
      if let other = sources.updateValue(label.name, forKey: ExactText(label.value)) {
        report.error(
          "the labels \"\(other)\" and \"\(label.name)\" both become \"\(label.value)\".",
          key: "rename",
          remedy: "Give them different names."
        )
      }
      if set.labels[label.value] != nil {
        report.warning(
          "the label \"\(label.value)\" always has the value in `set`.",
          key: "rename",
          remedy: "Remove it from one of the two."
        )
      }
    }
  }

  /// The labels that an alert with these labels gets.
  package func labels(_ labels: Labels) -> Labels {
    var kept: [Labels.Label] = []
    var renamed: [Labels.Label] = []
    for label in labels where !drop.names.contains(ExactText(label.name)) {
      if let name = rename.names[label.name] {
        renamed.append(Labels.Label(name: name, value: label.value))
      } else {
        kept.append(label)
      }
    }
    return Labels(kept + renamed + Array(set.labels))
  }
}

extension Alert {
  /// The alert with changed labels, and with the id, the severity and the category that follow from them.
  func transformed(by transform: AlertTransform, from origin: AlertOrigin, _ severities: SeverityScale) -> Alert {
    var alert = self
    alert.labels = transform.labels(labels)
    if let id = origin.id(without: transform.drop.names, of: labels) { alert.id = id }
    guard case .labelled(_, let mapping) = origin else { return alert }
    // A label that is left out has said what it says.
    func changed(_ name: String) -> String? {
      guard let text = alert.labels[name], !text.oneLine.isEmpty else { return nil }
      return labels[name]?.isExactly(text) == true ? nil : text
    }
    if let word = changed(mapping.severity) { alert.severity = severities.severity(word) }
    if let category = changed(mapping.category) { alert.category = category }
    return alert
  }
}

/// The key `rename`: names of labels, each with another one.
package struct RenamedLabels: FieldValue, Hashable {
  /// The new name of each label.
  package var names = Labels()

  package static var shape: FieldShape { .said("an object: each label's name with the new one", .named(.string(""))) }

  package static func read(_ node: JSONNode, _ report: inout Report) -> RenamedLabels? {
    var renamed = RenamedLabels()
    let isValid = report.readMembers(of: node, expecting: shape) { member, report in
      guard let name = String.read(member.node, &report) else { return }
      LabelName.check(member.name, at: member.offset, &report)
      LabelName.check(name, at: member.node.offset, &report)
      if member.name.isExactly(name) {
        report.error("it is its name already.", at: member.node.offset, remedy: "Remove it.")
      }
      renamed.names[member.name] = name
    }
    return isValid ? renamed : nil
  }

  package var shown: String {
    names.isEmpty ? "none" : names.map { "\($0.name) → \($0.value)" }.joined(separator: ", ")
  }
}

/// The key `set`: labels with their values.
package struct SetLabels: FieldValue, Hashable {
  package var labels = Labels()

  package static var shape: FieldShape { .said("an object: each label's name with its value", .named(.string(""))) }

  package static func read(_ node: JSONNode, _ report: inout Report) -> SetLabels? {
    var set = SetLabels()
    let limit = AlertLimits.standard.labelValueBytes
    let isValid = report.readMembers(of: node, expecting: shape) { member, report in
      guard let value = String.read(member.node, &report) else { return }
      LabelName.check(member.name, at: member.offset, &report)
      if value.isEmpty {
        report.error("the value is empty.", at: member.node.offset, remedy: "To leave a label out, use \"drop\".")
      } else if value.utf8.count > limit || value.cleaned(.oneLine) != nil {
        report.error("a label's value is one line of at most \(limit) bytes.", at: member.node.offset)
      }
      set.labels[member.name] = value
    }
    return isValid ? set : nil
  }

  package var shown: String { labels.isEmpty ? "none" : labels.map(\.name).joined(separator: ", ") }
}

/// The key `drop`: names of labels.
package struct DroppedLabels: FieldValue, Hashable {
  package var names: Set<ExactText> = []

  package static var shape: FieldShape { [String].shape }

  package static func read(_ node: JSONNode, _ report: inout Report) -> DroppedLabels? {
    guard let names = [Located<String>].read(node, &report) else { return nil }
    let errors = report.errorCount
    if names.isEmpty { report.error("the list is empty.", at: node.offset, remedy: "Name at least one label.") }
    var dropped = DroppedLabels()
    for name in names {
      LabelName.check(name.value, at: name.offset, &report)
      dropped.names.insert(ExactText(name.value))
    }
    return report.errorCount == errors ? dropped : nil
  }

  package var shown: String { names.isEmpty ? "none" : names.sorted().map(\.text).joined(separator: ", ") }
}

/// The name of a label in a file.
private enum LabelName {
  static func check(_ name: String, at offset: Int, _ report: inout Report) {
    let limit = AlertLimits.standard.labelNameBytes
    guard name.isEmpty || name.utf8.count > limit || name.cleaned(.oneLine) != nil else { return }
    report.error("a label's name is one line of 1 to \(limit) bytes.", at: offset)
  }
}
