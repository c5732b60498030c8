// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryPolicy

/// The JSON Schema of `channels.json` (draft 2020-12), generated from the fields that decode the file, so that the two
/// always agree.
///
/// Editors use it to complete keys, describe them, and mark unknown ones. Only `belfry check` checks names and
/// combinations of keys.
package struct ConfigurationSchema {
  private var writer = JSONWriter(.pretty)
  /// A string with a variable, which may stand for any value except an object or list.
  private static let variable = "#/$defs/variable"

  /// The schema as text, with these kinds of channel and source.
  package static func text(_ channels: ChannelRegistry, _ sources: SourceRegistry) -> String {
    var schema = ConfigurationSchema()
    schema.write(channels, sources)
    return schema.writer.text
  }

  private mutating func write(_ channels: ChannelRegistry, _ sources: SourceRegistry) {
    let ofChannels = CommonSettings.fields.map(\.summary).filter { $0.name != "kind" }
    let ofSources = CommonSourceSettings.fields.map(\.summary).filter { $0.name != "kind" }
    object {
      $0.member("$schema", "https://json-schema.org/draft/2020-12/schema")
      $0.member("title", "channels.json")
      $0.member(
        "description",
        "The configuration of Belfry. `belfry check` also finds problems that a schema cannot express."
      )
      $0.members(ConfigurationFile.fields.map(\.summary)) { schema, field in
        switch field.name {
        case "channels": schema.kinds(channels.kinds.map { ($0.kind.name, $0.settings + ofChannels) })
        case "sources": schema.kinds(sources.kinds.map { ($0.kind.name, $0.settings + ofSources) })
        default: schema.shape(field.shape)
        }
      }
      $0.key("$defs") {
        $0.key("route") { $0.members(RouteSettings.fields.map(\.summary)) { $0.shape($1.shape) } }
        $0.key("nested_route") {
          $0.members(RouteSettings.fields.map(\.summary)) { schema, field in
            if Inheritance.all.contains(where: { $0.key == field.name }) {
              schema.shape(orNull: field.shape)
            } else {
              schema.shape(field.shape)
            }
          }
        }
        $0.key("hours") { $0.shape(HoursSettings.wholeShape) }
        $0.key("variable") {
          $0.member("type", "string")
          $0.member("pattern", #"\$\{"#)
          $0.member("description", "With a variable: `${NAME}`, or `${NAME:-default}` if it may be unset or empty.")
        }
      }
    }
  }

  /// An object of named entries, each with the settings of its kind.
  private mutating func kinds(_ kinds: [(name: String, settings: [FieldSummary])]) {
    member("type", "object")
    key("additionalProperties") {
      $0.list("anyOf", kinds) { schema, kind in
        schema.object { $0.members(kind.settings, kind: kind.name) { $0.shape($1.shape) } }
      }
    }
  }

  /// An object with exactly these keys.
  private mutating func members(
    _ fields: [FieldSummary],
    kind: String? = nil,
    _ body: (inout ConfigurationSchema, FieldSummary) -> Void
  ) {
    member("type", "object")
    key("properties") { schema in
      if let kind { schema.key("kind") { $0.member("const", kind) } }
      for field in fields {
        schema.key(field.name) {
          $0.member("description", ConfigurationSchema.description(of: field))
          if !field.example.isEmpty { $0.list("examples", [field]) { $0.writer.example(of: $1) } }
          body(&$0, field)
        }
      }
    }
    let required = (kind == nil ? [] : ["kind"]) + fields.filter(\.isRequired).map(\.name)
    if !required.isEmpty { list("required", required) { $0.writer.string($1) } }
    writer.key("additionalProperties")
    writer.bool(false)
  }

  private static func description(of field: FieldSummary) -> String {
    let ends = field.note.hasSuffix(".") || field.note.hasSuffix("…")
    let otherwise = field.isRequired ? "" : " Default: \(field.defaultText)."
    return field.note + (ends ? "" : ".") + otherwise
  }
}

// MARK: - Shapes

extension ConfigurationSchema {
  private mutating func shape(_ shape: FieldShape) {
    let alternatives = ConfigurationSchema.alternatives(shape)
    guard alternatives.count > 1 else { return alternatives.forEach { plain($0) } }
    list("anyOf", alternatives) { schema, one in schema.object { $0.plain(one) } }
  }

  private mutating func shape(orNull shape: FieldShape) {
    list("anyOf", [shape, nil] as [FieldShape?]) { schema, one in
      schema.object { object in
        if let one { object.shape(one) } else { object.member("type", "null") }
      }
    }
  }

  /// The alternative shapes of a value; nil stands for a string with a variable.
  private static func alternatives(_ shape: FieldShape) -> [FieldShape?] {
    switch shape {
    case .choice, .integer, .bool: return [shape, nil]
    case .said(_, let shape): return alternatives(shape)
    case .oneOf(let shapes):
      let all = shapes.flatMap(alternatives)
      // Any string, including one with a variable.
      let takesStrings = all.contains { if case .string = $0 { true } else { false } }
      return takesStrings ? all.filter { $0 != nil } : all
    default: return [shape]
    }
  }

  private mutating func plain(_ shape: FieldShape?) {
    switch shape {
    case nil: member("$ref", ConfigurationSchema.variable)
    case .string, .secret: member("type", "string")
    case .choice(let words): list("enum", words) { $0.writer.string($1) }
    case .integer(let range):
      member("type", "integer")
      number("minimum", range.lowerBound)
      if range.upperBound < .max { number("maximum", range.upperBound) }
    case .number: member("type", "number")
    case .bool: member("type", "boolean")
    case .list(let element):
      member("type", "array")
      key("items") { $0.shape(element) }
    case .object: member("type", "object")
    case .reference(let name, _): member("$ref", "#/$defs/\(name)")
    case .record(let fields): members(fields) { $0.shape($1.shape) }
    case .named(let entry):
      member("type", "object")
      key("additionalProperties") { $0.shape(entry) }
    case .oneOf, .said: break  // `alternatives` has resolved these
    case .any: break  // no keyword: any value is allowed
    }
  }
}

// MARK: - JSON

extension ConfigurationSchema {
  private mutating func object(_ body: (inout ConfigurationSchema) -> Void) {
    writer.beginObject()
    body(&self)
    writer.endObject()
  }

  private mutating func key(_ name: String, _ body: (inout ConfigurationSchema) -> Void) {
    writer.key(name)
    object(body)
  }

  private mutating func member(_ name: String, _ value: String) {
    writer.key(name)
    writer.string(value)
  }

  private mutating func number(_ name: String, _ value: Int) {
    writer.key(name)
    writer.int(value)
  }

  private mutating func list<Element>(
    _ name: String,
    _ elements: [Element],
    _ body: (inout ConfigurationSchema, Element) -> Void
  ) {
    writer.key(name)
    writer.beginArray()
    for element in elements { body(&self, element) }
    writer.endArray()
  }
}

extension JSONWriter {
  fileprivate mutating func example(of field: FieldSummary) {
    if case .integer = field.shape { number(field.example) } else { string(field.example) }
  }
}
