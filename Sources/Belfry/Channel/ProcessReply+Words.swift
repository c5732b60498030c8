// SPDX-License-Identifier: Apache-2.0

extension ProcessReply {
  /// The last line of what a program said of its failure, on one line and not long; empty when it said nothing.
  ///
  /// `redaction` finds what it was given in confidence, which it may have said.
  package func lastWords(_ redaction: Redaction) -> String {
    // Masked before a line is taken: a secret of several lines, such as a key in PEM, is found as a whole only.
    let said = redaction.masked(String(decoding: errors, as: UTF8.self))
    return ProcessReply.lastLine(of: Array(said.utf8)).oneLine.truncated(to: 300)
  }

  /// The last line with anything in it; empty when there is none.
  package static func lastLine(of bytes: [UInt8]) -> String {
    let lines = bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    return lines.last { !$0.oneLine.isEmpty } ?? ""
  }
}
