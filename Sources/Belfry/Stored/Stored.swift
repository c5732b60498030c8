// SPDX-License-Identifier: Apache-2.0

/// How a value is stored: as a JSON object, by one list of named fields that serves writing and reading.
///
/// Fields may be added: what an older Belfry wrote has none of them and reads back with their defaults, and an older Belfry
/// passes over names that it does not know. A field never changes its type; what replaces it gets another name. The fields may
/// come in any order.
package struct Stored<Value: Sendable>: Sendable {
  private let blank: Value
  let fields: [Field]
  private let required: UInt64

  struct Field: Sendable {
    let name: StaticString
    let key: String
    let isRequired: Bool
    /// Nil for a field that only an older Belfry wrote.
    let write: (@Sendable (Value, String, inout JSONWriter) -> Void)?
    /// Whether the value was one of the field's.
    let read: @Sendable (inout Value, inout JSONReader) throws(JSONProblem) -> Bool
  }

  /// - Parameters:
  ///   - blank: what the fields are read into, each field at its default.
  ///   - list: names the fields, at most 64.
  package init(_ blank: Value, _ list: (inout StoredFields<Value>) -> Void) {
    self.blank = blank
    var named = StoredFields<Value>()
    list(&named)
    fields = named.fields
    required = fields.enumerated().reduce(0) { $1.element.isRequired ? $0 | 1 << UInt64($1.offset) : $0 }
  }

  package func encode(_ value: Value, into writer: inout JSONWriter) {
    writer.beginObject()
    for field in fields { field.write?(value, field.key, &writer) }
    writer.endObject()
  }

  /// Reads what `encode` wrote, here or in another version of Belfry; nil for anything else.
  package func decode(_ reader: inout JSONReader) throws(JSONProblem) -> Value? {
    guard try reader.peek() == .object, try reader.enter() else { return nil }
    var value = blank
    var found: UInt64 = 0
    // They mostly come in the order in which they are written.
    var next = 0
    while let name = try reader.nextName() {
      guard let index = index(of: name, from: next) else {
        try reader.skip()
        continue
      }
      guard try fields[index].read(&value, &reader) else { return nil }
      found |= 1 << UInt64(index)
      next = index + 1
    }
    return found & required == required ? value : nil
  }

  private func index(of name: JSONName, from next: Int) -> Int? {
    for index in next..<fields.count where fields[index].name ~= name { return index }
    for index in 0..<next where fields[index].name ~= name { return index }
    return nil
  }
}

/// Collects the fields of a stored value, in the order in which they are written.
package struct StoredFields<Value: Sendable> {
  fileprivate(set) var fields: [Stored<Value>.Field] = []

  /// A field that is always written, and without which there is no value.
  package mutating func required<Item: StoredItem>(
    _ name: StaticString,
    _ get: @escaping @Sendable (Value) -> Item,
    _ set: @escaping @Sendable (inout Value, Item) -> Void
  ) {
    add(name, isRequired: true, set) { value, key, writer in
      writer.key(key)
      get(value).encode(into: &writer)
    }
  }

  /// A field that is left out where there is nothing to write: where `get` answers nil, or nothing but the default.
  package mutating func optional<Item: StoredItem & Equatable>(
    _ name: StaticString,
    _ get: @escaping @Sendable (Value) -> Item?,
    _ set: @escaping @Sendable (inout Value, Item) -> Void,
    default usual: Item? = nil
  ) {
    add(name, isRequired: false, set) { value, key, writer in
      guard let item = get(value), item != usual else { return }
      writer.key(key)
      item.encode(into: &writer)
    }
  }

  /// A field that an older Belfry wrote and this one only reads; `read` says whether the value was one of the field's.
  package mutating func older(
    _ name: StaticString,
    _ read: @escaping @Sendable (inout Value, inout JSONReader) throws(JSONProblem) -> Bool
  ) {
    fields.append(
      Stored<Value>.Field(name: name, key: name.description, isRequired: false, write: nil, read: read)
    )
  }

  private mutating func add<Item: StoredItem>(
    _ name: StaticString,
    isRequired: Bool,
    _ set: @escaping @Sendable (inout Value, Item) -> Void,
    write: @escaping @Sendable (Value, String, inout JSONWriter) -> Void
  ) {
    fields.append(
      Stored<Value>.Field(
        name: name,
        key: name.description,
        isRequired: isRequired,
        write: write,
        read: { (value, reader) throws(JSONProblem) in
          guard let item = try Item(stored: &reader) else { return false }
          set(&value, item)
          return true
        }
      )
    )
  }
}

/// What a stored field may be: one JSON value.
package protocol StoredItem: Sendable, SendableMetatype {
  func encode(into writer: inout JSONWriter)
  /// Reads what `encode` wrote; nil for anything else, of which nothing need be read.
  init?(stored reader: inout JSONReader) throws(JSONProblem)
}

/// A value that is stored by its list of fields, alone or as a field of another.
package protocol Storable: StoredItem {
  static var stored: Stored<Self> { get }
}

extension Storable {
  package func encode(into writer: inout JSONWriter) { Self.stored.encode(self, into: &writer) }

  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    guard let value = try Self.stored.decode(&reader) else { return nil }
    self = value
  }
}

extension StoredItem {
  /// Reads a whole text.
  package init?(stored bytes: [UInt8]) {
    let outcome = JSONReader.read(bytes, limits: StoredForm.limits) { (reader) throws(JSONProblem) in
      try Self(stored: &reader)
    }
    guard outcome.problemCount == 0, let value = outcome.value.flatMap(\.self) else { return nil }
    self = value
  }
}
