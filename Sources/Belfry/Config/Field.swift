// SPDX-License-Identifier: Apache-2.0

/// One key of an object in `channels.json`: how to read it, its purpose, whether it is required, and whether it is
/// secret.
public struct Field<Root>: Sendable {
  package let name: String
  package let isRequired: Bool
  package let note: String
  package let example: String
  /// What its values are like; made when asked for, because the shape of a nested object describes all of its keys.
  package var shape: FieldShape { makeShape() }
  private let makeShape: @Sendable () -> FieldShape
  package let read: @Sendable (JSONNode, inout Root, inout Report) -> Void
  package let defaultText: @Sendable () -> String
  /// Whether a required value left empty by a variable only causes a warning; its use then fails later.
  private var mayBeEmptied = false

  /// A required key.
  public static func required<Value: FieldValue>(
    _ name: String,
    _ path: any WritableKeyPath<Root, Value> & Sendable,
    _ note: String,
    example: String = ""
  ) -> Field { Field(name, path, note, example: example, isRequired: true, defaultText: { "" }) }

  private init<Value: FieldValue>(
    _ name: String,
    _ path: any WritableKeyPath<Root, Value> & Sendable,
    _ note: String,
    example: String,
    isRequired: Bool,
    defaultText: @escaping @Sendable () -> String
  ) {
    self.init(
      name,
      path,
      note,
      example: example,
      isRequired: isRequired,
      shape: { Value.shape },
      defaultText: defaultText,
      read: Value.read
    )
  }

  private init<Value>(
    _ name: String,
    _ path: any WritableKeyPath<Root, Value> & Sendable,
    _ note: String,
    example: String,
    isRequired: Bool,
    shape: @escaping @Sendable () -> FieldShape,
    defaultText: @escaping @Sendable () -> String,
    read: @escaping @Sendable (JSONNode, inout Report) -> Value?
  ) {
    self.name = name
    self.isRequired = isRequired
    self.note = note
    self.example = example
    makeShape = shape
    self.defaultText = defaultText
    self.read = { node, root, report in
      if let value = read(node, &report) { root[keyPath: path] = value }
    }
  }

  /// The same key in an object that has all keys of this one, which are kept at `path`.
  package func moved<Outer>(to path: any WritableKeyPath<Outer, Root> & Sendable) -> Field<Outer> {
    Field<Outer>(self, to: path)
  }

  private init<Inner>(_ field: Field<Inner>, to path: any WritableKeyPath<Root, Inner> & Sendable) {
    name = field.name
    isRequired = field.isRequired
    note = field.note
    example = field.example
    makeShape = field.makeShape
    defaultText = field.defaultText
    mayBeEmptied = field.mayBeEmptied
    let read = field.read
    self.read = { node, root, report in read(node, &root[keyPath: path], &report) }
  }

  /// The example in JSON.
  private var writtenExample: String {
    if case .integer = shape { example } else { "\"\(example)\"" }
  }

  /// The key for the docs and the schema.
  public var summary: FieldSummary {
    FieldSummary(
      name: name,
      isRequired: isRequired,
      note: note,
      example: example,
      shape: shape,
      defaultText: defaultText()
    )
  }
}

extension Field where Root: ChannelSettings {
  /// A required key; if an unset variable leaves it empty, it keeps the value from `Root()`.
  ///
  /// That is a warning instead of an error, so that one missing recipient does not disable the other channels.
  /// `compose` throws `Uncomposable` if the value is empty.
  public static func required<Value: FieldValue>(
    _ name: String,
    _ path: any WritableKeyPath<Root, Value> & Sendable,
    _ note: String,
    example: String = ""
  ) -> Field {
    var field = Field(name, path, note, example: example, isRequired: true, defaultText: { "" })
    field.mayBeEmptied = true
    return field
  }
}

extension Field where Root: FieldContainer {
  /// An optional key; by default it keeps the value from `Root()`.
  public static func optional<Value: FieldValue>(
    _ name: String,
    _ path: any WritableKeyPath<Root, Value> & Sendable,
    _ note: String,
    example: String = ""
  ) -> Field {
    Field(name, path, note, example: example, isRequired: false) { Root()[keyPath: path].shown }
  }

  init<Value: FieldValue>(
    _ name: String,
    _ path: any WritableKeyPath<Root, Value> & Sendable,
    _ note: String,
    example: String,
    isRequired: Bool = false,
    shape: FieldShape,
    read: @escaping @Sendable (JSONNode, inout Report) -> Value?
  ) {
    self.init(
      name,
      path,
      note,
      example: example,
      isRequired: isRequired,
      shape: { shape },
      defaultText: { isRequired ? "" : Root()[keyPath: path].shown },
      read: read
    )
  }
}

extension Field {
  /// An optional key of an object that is not a channel's; `otherwise` describes what its absence means.
  public static func optional<Value: FieldValue>(
    _ name: String,
    _ path: any WritableKeyPath<Root, Value> & Sendable,
    _ note: String,
    otherwise: String,
    example: String = ""
  ) -> Field { Field(name, path, note, example: example, isRequired: false) { otherwise } }

  /// Reads the members of `node` into `root` according to `fields`; unknown, missing and invalid ones are reported.
  ///
  /// `others` are keys that are read elsewhere.
  package static func decode(
    _ fields: [Field],
    from node: JSONNode,
    into root: inout Root,
    besides others: [String] = [],
    report: inout Report
  ) {
    guard let members = node.members else {
      report.error("expected an object, found \(node.kindName).", at: node.offset)
      return
    }
    for member in members where !others.contains(member.name) {
      guard let field = fields.first(where: { $0.name.isExactly(member.name) }) else {
        let known = fields.map(\.name) + others
        report.within(member.name) {
          $0.error("unknown key.", at: member.offset, remedy: Nearest.remedy(for: member.name, among: known))
        }
        continue
      }
      report.within(member.name) { report in field.take(member.node, into: &root, report: &report) }
    }
    for field in fields where field.isRequired && node[field.name] == nil {
      let example = field.example.isEmpty ? "" : " Example: \"\(field.name)\": \(field.writtenExample)."
      report.error("`\(field.name)` is missing: \(field.note)", at: node.offset, remedy: "Add it.\(example)")
    }
  }

  /// Reads one value.
  ///
  /// If the value of a reference is invalid, its default in the file is used instead, with a warning.
  private func take(_ node: JSONNode, into root: inout Root, report: inout Report) {
    guard let substitution = node.substitution, let fallback = substitution.fallback else {
      return readUnlessEmpty(node, &root, &report)
    }
    if report.attempt({ read(node, &root, &$0) }) { return }
    let unfit = "the value of \(substitution.names) is not valid here (\(shape.text))"
    if fallback.isEmpty, !isRequired || mayBeEmptied {
      let end = isRequired ? ": nothing can be sent." : "; the key is ignored."
      if isRequired, shape == .secret { report.noteMissingSecret(substitution.names) }
      return report.warning(unfit + end, at: node.offset, remedy: "Correct the variable.")
    }
    var plain = node
    plain.value = .string(fallback)
    if report.attempt({ readUnlessEmpty(plain, &root, &$0) }) {
      let end = "; its default \"\(fallback)\" is used."
      report.warning(unfit + end, at: node.offset, remedy: "Correct the variable, or unset it.")
    } else {
      read(node, &root, &report)
    }
  }

  /// Reads one value unless it is empty: an optional key that a variable left empty counts as absent.
  private func readUnlessEmpty(_ node: JSONNode, _ root: inout Root, _ report: inout Report) {
    if isRequired, node.elements?.isEmpty == true {
      return report.error("the list is empty.", at: node.offset, remedy: "Name at least one.")
    }
    guard node.string == "" else { return read(node, &root, &report) }
    guard let names = node.substitution?.names else {
      guard isRequired else { return read(node, &root, &report) }
      return report.error("it is empty.", at: node.offset, remedy: "Expected \(shape.text).")
    }
    if node.substitution?.isUnset == true { return report.skip() }
    guard isRequired else { return }
    guard mayBeEmptied else { return read(node, &root, &report) }
    let remedy = "Set \(names)."
    if shape == .secret { report.noteMissingSecret(names) }
    report.warning("it is empty, because \(names) is not set: nothing can be sent.", at: node.offset, remedy: remedy)
  }
}

/// The description of a key in the docs, `belfry channels`, `belfry sources` and the JSON schema.
public struct FieldSummary: Sendable, Hashable {
  package let name: String
  package let isRequired: Bool
  package let note: String
  package let example: String
  package let shape: FieldShape
  package let defaultText: String

  package init(
    name: String,
    isRequired: Bool,
    note: String,
    example: String,
    shape: FieldShape,
    defaultText: String
  ) {
    self.name = name
    self.isRequired = isRequired
    self.note = note
    self.example = example
    self.shape = shape
    self.defaultText = defaultText
  }
}
