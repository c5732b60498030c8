// SPDX-License-Identifier: Apache-2.0

/// A JSON value with its position in the text.
public struct JSONNode: Sendable, Hashable {
  /// The type and content of a JSON value.
  public enum Value: Sendable, Hashable {
    case null
    case bool(Bool)
    /// The number as written, such as `1e3`.
    case number(String)
    case string(String)
    case array([JSONNode])
    /// Members in the order of the text; each name occurs once.
    case object([Member])
  }

  /// A member of an object.
  public struct Member: Sendable, Hashable {
    /// The name, with its escapes resolved.
    public var name: String
    /// The byte offset of the name's opening quote.
    public var offset: Int
    /// The value.
    public var node: JSONNode
    /// Creates a member.
    public init(name: String, offset: Int, node: JSONNode) {
      self.name = name
      self.offset = offset
      self.node = node
    }
  }

  /// The value.
  public var value: Value
  /// The byte offset of the value's first byte.
  public var offset: Int
  /// Set if the string contained references such as `${NAME}`: what they are, and the string with only their defaults.
  package var substitution: Substitution?

  /// The result of expanding references in a string.
  package struct Substitution: Sendable, Hashable {
    package var resolved: [Resolved]
    /// The text with every reference's default, if all have one and at least one was overridden.
    package var fallback: String?
    /// Whether a reference without a default has no value, which has been reported.
    package var isUnset = false
    /// Whether the file contains a non-empty default.
    package var hasDefault = false
    /// The values from outside the file, one for each reference that has one.
    package var values: [Secret] = []
    /// The text with these values masked.
    package var shown = ""

    /// A reference and its value; empty if it has none.
    package struct Resolved: Sendable, Hashable {
      package var reference: Reference
      package var value: Secret
    }

    /// Whether the whole text came from outside the file.
    package var isWhole: Bool { shown == Secret.mask }
    /// The references, for a message: “TOKEN, file:/run/secrets/b”.
    package var names: String { resolved.map(\.reference.description).joined(separator: ", ") }
  }

  /// Creates a node.
  public init(_ value: Value, offset: Int) {
    self.value = value
    self.offset = offset
  }

  /// The type of the value in words.
  public var kindName: String {
    switch value {
    case .null: "null"
    case .bool: "true or false"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }

  /// The text, if it is a string.
  public var string: String? { if case .string(let text) = value { text } else { nil } }
  /// The members, if it is an object.
  public var members: [Member]? { if case .object(let members) = value { members } else { nil } }
  /// The elements, if it is a list.
  public var elements: [JSONNode]? { if case .array(let elements) = value { elements } else { nil } }
  /// The value of the member with that name, if it is an object that has one.
  public subscript(name: String) -> JSONNode? { members?.first { $0.name.isExactly(name) }?.node }
}
