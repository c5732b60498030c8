// SPDX-License-Identifier: Apache-2.0

/// A value that is one of a few words; an enumeration of strings only needs to declare its conformance.
public protocol FieldChoice: FieldValue, RawRepresentable, CaseIterable where RawValue == String {}

extension FieldChoice {
  /// The words, in the order of the cases.
  public static var shape: FieldShape { .choice(allCases.map(\.rawValue)) }

  /// Reads one of the words.
  public static func read(_ node: JSONNode, _ report: inout Report) -> Self? {
    guard let word = node.string else {
      report.error("expected \(shape.text), found \(node.kindName).", at: node.offset)
      return nil
    }
    if let value = Self(rawValue: word) { return value }
    let known = allCases.map(\.rawValue)
    report.error("\"\(word)\" is not allowed here.", at: node.offset, remedy: Nearest.remedy(for: word, among: known))
    return nil
  }

  /// The word in quotes.
  public var shown: String { "\"\(rawValue)\"" }
}
