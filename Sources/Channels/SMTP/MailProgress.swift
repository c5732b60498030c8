// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The recipients that still have to get a mail, and those refused for good, as stored in a receipt between attempts.
struct MailProgress {
  /// Bare addresses.
  var waiting: [String] = []
  /// Bare addresses, each with the server's answer: `ops@example.com 550 5.1.1`.
  var refused: [String] = []

  init() {}

  init(_ receipt: Receipt) {
    waiting = MailProgress.list(receipt["waiting"])
    refused = MailProgress.list(receipt["refused"])
  }

  /// The values stored in the receipt, by name; an address holds no comma.
  var values: [(name: String, text: String)] {
    [("waiting", waiting), ("refused", refused)].filter { !$0.1.isEmpty }.map { ($0.0, $0.1.joined(separator: ", ")) }
  }

  private static func list(_ text: String?) -> [String] {
    (text ?? "").split(separator: ",").map { String($0.drop(while: \.isWhitespace)) }
  }
}
