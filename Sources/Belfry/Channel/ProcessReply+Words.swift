// SPDX-License-Identifier: Apache-2.0

extension ProcessReply {
  /// The last line of what a program said of its failure, on one line and not long; empty when it said nothing.
  ///
  /// `secrets` is what it was given in confidence, which it may have said.
  package func lastWords(hiding secrets: [Secret]) -> String {
    let line = ProcessReply.lastLine(of: errors)
    return secrets.reduce(line) { $1.masked(in: $0) }.oneLine.truncated(to: 300)
  }

  /// The last line with anything in it; empty when there is none.
  package static func lastLine(of bytes: [UInt8]) -> String {
    let lines = bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    return lines.last { !$0.oneLine.isEmpty } ?? ""
  }
}
