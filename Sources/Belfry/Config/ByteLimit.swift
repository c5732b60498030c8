// SPDX-License-Identifier: Apache-2.0

/// The most bytes that a composed notice may have: from 4,096, enough for a useful message, to one MiB.
public struct ByteLimit: FieldValue, Hashable {
  private static let range = 4_096...1_048_576
  /// The number of bytes.
  public var bytes: Int

  /// Creates a limit.
  public init(_ bytes: Int) { self.bytes = bytes }

  /// A whole number.
  public static var shape: FieldShape { .integer(range) }

  /// Reads a whole number, or its digits if it came from a variable.
  public static func read(_ node: JSONNode, _ report: inout Report) -> ByteLimit? {
    Int.read(node, in: range, &report).map { ByteLimit($0) }
  }

  /// The number.
  public var shown: String { String(bytes) }
}
