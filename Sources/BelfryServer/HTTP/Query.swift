// SPDX-License-Identifier: Apache-2.0

/// The query parameters of a URL.
struct Query: Sendable, Hashable {
  private let pairs: [Pair]

  private struct Pair: Sendable, Hashable {
    var name: String
    var value: String
  }

  init(_ text: String) {
    pairs = text.split(separator: "&").map { part in
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return Pair(name: Query.decoded(sides[0]), value: sides.count > 1 ? Query.decoded(sides[1]) : "")
    }
  }

  func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

  func flag(_ name: String, otherwise: Bool) throws(Refusal) -> Bool {
    switch all(name).last {
    case nil: otherwise
    case "true", "1": true
    case "false", "0": false
    case let text?: throw Refusal(.badRequest, "\(name) is \"\(text)\"; write true or false.")
    }
  }

  /// Decodes `%3D` and `+` as forms encode them; a lone percent sign stands for itself.
  static func decoded(_ text: some StringProtocol) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      // Digits only: a number may also start with a sign.
      if byte == UInt8(ascii: "%"), digits.count == 2, !digits.contains(UInt8(ascii: "+")),
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
