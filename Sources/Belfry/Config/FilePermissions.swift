// SPDX-License-Identifier: Apache-2.0

/// The permission bits of a file, written as for `chmod`: `"0600"`.
public struct FilePermissions: FieldValue, Hashable {
  /// The bits, such as `0o600`.
  public var bits: UInt16

  /// Creates permissions from their bits.
  public init(_ bits: UInt16) { self.bits = bits }

  /// A string of octal digits.
  public static var shape: FieldShape { .string("permission bits in octal such as \"0600\"") }

  /// Reads octal digits; permissions without write access for the owner are reported.
  public static func read(_ node: JSONNode, _ report: inout Report) -> FilePermissions? {
    if case .number(let text) = node.value {
      // 0600 is not a valid JSON number, and readers would disagree whether 600 is decimal or octal.
      report.error("the number \(text) is ambiguous.", at: node.offset, remedy: "Write octal in quotes: \"0600\".")
      return nil
    }
    guard let text = node.string, (3...4).contains(text.utf8.count), let bits = UInt16(text, radix: 8), bits <= 0o777
    else {
      report.error("expected \(shape.text).", at: node.offset, remedy: "Such as \"0600\" or \"0644\".")
      return nil
    }
    guard bits & 0o200 != 0 else {
      report.error("with \(text) the file's owner could not write it.", at: node.offset, remedy: "Write \"0600\".")
      return nil
    }
    return FilePermissions(bits)
  }

  /// Octal digits in quotes.
  public var shown: String { "\"0\(String(bits, radix: 8))\"" }
}
