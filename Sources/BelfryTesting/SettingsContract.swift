// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// What the settings of every kind of channel and source must hold, and how a contract reads them.
struct SettingsContract<Settings: KindSettings>: Sendable {
  let text: String
  let environment: [String: String]
  /// The folder that relative paths refer to.
  let folder: String

  /// The settings.
  ///
  /// - Throws: `BrokenContract` if they have errors.
  func decoded() throws -> Settings {
    let (settings, report) = decode(try node())
    guard let settings else { throw BrokenContract(breaches: report.findings.map(\.text)) }
    return settings
  }

  /// The settings as they are written, with the values of variables.
  func node() throws -> JSONNode {
    let (node, problems) = JSONTree.parse(source)
    guard let node, problems.isEmpty else {
      throw BrokenContract(breaches: ["the settings given to the contract are not JSON: \(problems)"])
    }
    var report = Report(source: source, folder: folder)
    let expanded = Substitution(environment: environment).expand(node, report: &report)
    guard report.errorCount == 0 else { throw BrokenContract(breaches: report.findings.map(\.text)) }
    return expanded
  }

  func decode(_ node: JSONNode) -> (settings: Settings?, report: Report) {
    var report = Report(source: source, folder: folder)
    let settings = Settings(decoding: node, besides: ["kind"], report: &report)
    return (settings, report)
  }

  func hasErrors(_ node: JSONNode) -> Bool { decode(node).settings == nil }

  /// The values of the secret fields, also in nested objects and lists, and the values that came from variables.
  var secrets: [String] {
    guard let node = try? node() else { return [] }
    let members = Settings.fields.map(\.summary).map { (node[$0.name], $0.shape) }
    let written = members.flatMap { node, shape in node.map { SettingsContract.secrets(in: $0, shape) } ?? [] }
    return Set(written + environment.values).filter { !$0.isEmpty }.sorted()
  }

  private static func secrets(in node: JSONNode, _ shape: FieldShape) -> [String] {
    switch shape {
    case .secret: [node.string ?? ""].filter { !$0.isEmpty }
    case .record(let fields): fields.flatMap { field in node[field.name].map { secrets(in: $0, field.shape) } ?? [] }
    case .list(let element): (node.elements ?? []).flatMap { secrets(in: $0, element) }
    case .oneOf(let shapes): shapes.flatMap { secrets(in: node, $0) }
    case .said(_, let shape): secrets(in: node, shape)
    default: []
    }
  }

  private var source: SourceText { SourceText(name: "settings", bytes: Array(text.utf8)) }
}

// MARK: - Checks

extension SettingsContract {
  /// Checks that settings are decoded strictly.
  ///
  /// - Returns: the settings as they are written; nil if they have errors, which is then a breach.
  func check(_ breaches: inout Breaches) -> JSONNode? {
    let node: JSONNode
    do {
      node = try self.node()
      _ = try decoded()
    } catch {
      breaches.add("the settings given to the contract have errors: \(error)")
      return nil
    }
    let fields = Settings.fields.map(\.summary)
    breaches.expect(Set(fields.map(\.name)).count == fields.count, "two settings have one name.")
    breaches.expect(
      hasErrors(node.replacing("no_such_key", .bool(true))),
      "an unknown key is taken without an error."
    )
    for field in fields {
      breaches.expect(!field.note.isEmpty, "the setting `\(field.name)` has no note.")
      breaches.expect(
        field.shape.takesEmptyObject || hasErrors(node.replacing(field.name, .object([]))),
        "the setting `\(field.name)` takes an empty object without an error."
      )
    }
    for field in fields where field.isRequired {
      breaches.expect(
        hasErrors(node.removing(field.name)),
        "the setting `\(field.name)` is required, but may be left out."
      )
      breaches.expect(
        hasErrors(node.replacing(field.name, .string(""))),
        "the setting `\(field.name)` may be the empty string."
      )
    }
    return node
  }

  /// Checks that no printed form of a value shows a secret.
  func checkForms(of value: some Any, _ name: String, _ breaches: inout Breaches) {
    var dumped = ""
    dump(value, to: &dumped)
    let forms = ["String(describing:)": String(describing: value), "String(reflecting:)": String(reflecting: value)]
    for (form, text) in forms.merging(["dump": dumped], uniquingKeysWith: { first, _ in first }) {
      for secret in secrets where text.contains(secret) { breaches.add("\(form) of \(name) shows a secret.") }
    }
  }
}

extension FieldShape {
  /// Whether an object without members is a value: one whose members are all optional.
  fileprivate var takesEmptyObject: Bool {
    switch self {
    case .record(let fields): fields.allSatisfy { !$0.isRequired }
    case .named, .any, .object: true
    case .oneOf(let shapes): shapes.contains { $0.takesEmptyObject }
    case .said(_, let shape): shape.takesEmptyObject
    default: false
    }
  }
}

extension JSONNode {
  func replacing(_ name: String, _ value: Value) -> JSONNode {
    let member = Member(name: name, offset: offset, node: JSONNode(value, offset: offset))
    return JSONNode(.object((removing(name).members ?? []) + [member]), offset: offset)
  }

  func removing(_ name: String) -> JSONNode {
    JSONNode(.object((members ?? []).filter { $0.name != name }), offset: offset)
  }
}
