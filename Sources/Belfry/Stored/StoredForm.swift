// SPDX-License-Identifier: Apache-2.0

/// How the ledger's values are written as JSON to be kept, and read back exactly as they were.
///
/// A name that is not known is passed over, so that an older Belfry reads what a newer one adds. Nil comes back for anything
/// that cannot have been written here.
package enum StoredForm {
  /// Nothing of what we wrote ourselves is cut.
  static let limits = JSONLimits(depth: 32, stringBytes: .max)

  /// Reads a list of strings; nil for anything else.
  package static func strings(_ bytes: [UInt8]) -> [String]? {
    let outcome = JSONReader.read(bytes, limits: limits) { reader throws(JSONProblem) in
      try list(&reader, string)
    }
    return outcome.problemCount == 0 ? outcome.value.flatMap(\.self) : nil
  }

  /// Reads one object, each member's value by `member`, which says whether it took it.
  package static func object(
    _ reader: inout JSONReader,
    _ member: (JSONName, inout JSONReader) throws(JSONProblem) -> Bool
  ) throws(JSONProblem) -> Bool {
    guard try reader.peek() == .object, try reader.enter() else { return false }
    while let name = try reader.nextName() {
      if try !member(name, &reader) { return false }
    }
    return true
  }

  /// Reads a list, each element by `element`; nil if one was not what it should be.
  package static func list<Element>(
    _ reader: inout JSONReader,
    _ element: (inout JSONReader) throws(JSONProblem) -> Element?
  ) throws(JSONProblem) -> [Element]? {
    guard try reader.peek() == .array, try reader.enter() else { return nil }
    var elements: [Element] = []
    while try reader.nextElement() {
      guard let one = try element(&reader) else { return nil }
      elements.append(one)
    }
    return elements
  }

  package static func string(_ reader: inout JSONReader) throws(JSONProblem) -> String? {
    try reader.peek() == .string ? try reader.string() : nil
  }

  package static func instant(_ reader: inout JSONReader) throws(JSONProblem) -> Instant? {
    try reader.peek() == .number ? Int64(try reader.number()).map(Instant.init(microseconds:)) : nil
  }

  package static func int(_ reader: inout JSONReader) throws(JSONProblem) -> Int? {
    try reader.peek() == .number ? Int(try reader.number()) : nil
  }

  package static func bool(_ reader: inout JSONReader) throws(JSONProblem) -> Bool? {
    try reader.peek() == .bool ? try reader.bool() : nil
  }
}

extension Instant {
  /// Reads microseconds that were written as text.
  package init?(stored text: String) {
    guard let microseconds = Int64(text) else { return nil }
    self.init(microseconds: microseconds)
  }
}
