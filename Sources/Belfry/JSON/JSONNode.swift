// SPDX-License-Identifier: Apache-2.0

/// A JSON value that knows where in its text it stands.
public struct JSONNode: Sendable, Hashable {
  /// What a JSON value can be.
  public enum Value: Sendable, Hashable {
    case null
    case bool(Bool)
    /// The number as it is written, such as `1e3`.
    case number(String)
    case string(String)
    case array([JSONNode])
    /// Members in the order of the text; each name once.
    case object([Member])
  }

  /// A name in an object, and its value.
  public struct Member: Sendable, Hashable {
    /// The name, its escapes resolved.
    public var name: String
    /// Where the name stands: the byte offset of its opening quote.
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

  /// What it is.
  public var value: Value
  /// Where the value stands: the byte offset of its first byte.
  public var offset: Int
  /// Set when the string held `${NAME}`: which variables, and what the string is with their written defaults alone.
  package var substitution: Substitution?

  /// What became of the `${NAME:-default}` in a string.
  package struct Substitution: Sendable, Hashable {
    package var names: [String]
    /// The text with every variable's written default, when each has one and at least one was overridden.
    package var fallback: String?
    /// Whether a variable without a default is not set; that was reported where it was found.
    package var isUnset = false
    /// Whether a default is written into the file that is not empty.
    package var hasDefault = false
    /// What came from the environment, a value for each variable that is set.
    package var values: [Secret] = []
    /// The text with those values masked.
    package var shown = ""

    /// Whether the whole text came from the environment.
    package var isWhole: Bool { shown == Secret.mask }
  }

  /// Creates a node.
  public init(_ value: Value, offset: Int) {
    self.value = value
    self.offset = offset
  }

  /// What kind of value it is, as a person calls it.
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

  /// The text, when it is a string.
  public var string: String? { if case .string(let text) = value { text } else { nil } }
  /// The members, when it is an object.
  public var members: [Member]? { if case .object(let members) = value { members } else { nil } }
  /// The elements, when it is a list.
  public var elements: [JSONNode]? { if case .array(let elements) = value { elements } else { nil } }
  /// The value of the member of that name, when it is an object that has one.
  public subscript(name: String) -> JSONNode? { members?.first { $0.name.isExactly(name) }?.node }
}
