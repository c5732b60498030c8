// SPDX-License-Identifier: Apache-2.0

extension ProcessReply {
  /// The last line of a program's error output, shortened to one line; empty if there is none.
  ///
  /// `redaction` masks the secrets that the program was given and may have printed.
  public func lastWords(_ redaction: Redaction) -> String {
    // Masked before a line is taken: a secret with several lines, such as a PEM key, is only found as a whole.
    let said = redaction.masked(String(decoding: errors, as: UTF8.self))
    return ProcessReply.lastLine(of: Array(said.utf8)).oneLine.truncated(to: 300)
  }

  /// The last non-empty line; empty if there is none.
  public static func lastLine(of bytes: [UInt8]) -> String {
    let lines = bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    return lines.last { !$0.oneLine.isEmpty } ?? ""
  }
}
