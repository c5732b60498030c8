// SPDX-License-Identifier: Apache-2.0

/// What text counts for in the limit of a service.
public struct TextCost: Sendable {
  /// What one character counts for.
  public let ofCharacter: @Sendable (Character) -> Int
  /// The most that a byte of UTF-8 can count for: with it, most texts are known to fit without looking at them.
  public let mostPerByte: Int

  /// UTF-16 units: the most that services count.
  public static let utf16 = TextCost(mostPerByte: 1) { $0.utf16.count }

  /// Creates a cost.
  ///
  /// - Parameters:
  ///   - mostPerByte: the most that a byte of UTF-8 can count for.
  ///   - ofCharacter: what one character counts for.
  public init(mostPerByte: Int, _ ofCharacter: @escaping @Sendable (Character) -> Int) {
    self.mostPerByte = mostPerByte
    self.ofCharacter = ofCharacter
  }

  /// What a text counts for.
  package func of(_ text: some StringProtocol) -> Int { text.reduce(0) { $0 + ofCharacter($1) } }

  /// Whether a text counts for no more than a limit.
  package func fits(_ text: some StringProtocol, in limit: Int) -> Bool {
    if text.utf8.count <= limit / mostPerByte { return true }
    var total = 0
    return text.allSatisfy { character in
      total += ofCharacter(character)
      return total <= limit
    }
  }
}
