// SPDX-License-Identifier: Apache-2.0

/// How a service counts text for its limits.
public struct TextCost: Sendable {
  /// The cost of one character.
  public let ofCharacter: @Sendable (Character) -> Int
  /// The highest cost of a UTF-8 byte; it shows that most texts fit without counting them.
  public let mostPerByte: Int

  /// UTF-16 units, the largest count that services use.
  public static let utf16 = TextCost(mostPerByte: 1) { $0.utf16.count }

  /// Creates a cost.
  ///
  /// - Parameters:
  ///   - mostPerByte: The highest cost of a UTF-8 byte.
  ///   - ofCharacter: The cost of one character.
  public init(mostPerByte: Int, _ ofCharacter: @escaping @Sendable (Character) -> Int) {
    self.mostPerByte = mostPerByte
    self.ofCharacter = ofCharacter
  }

  /// The cost of a text.
  public func of(_ text: some StringProtocol) -> Int { text.reduce(0) { $0 + ofCharacter($1) } }

  /// Whether a text costs at most the limit.
  public func fits(_ text: some StringProtocol, in limit: Int) -> Bool {
    if text.utf8.count <= limit / mostPerByte { return true }
    var total = 0
    return text.allSatisfy { character in
      total += ofCharacter(character)
      return total <= limit
    }
  }
}
