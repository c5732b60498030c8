// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Text in Slack's format: three characters escaped, and no piece longer than its limit.
enum SlackText {
  /// The cost of an escaped character in UTF-16 units, the largest count that Slack might use.
  static let cost = TextCost(mostPerByte: 5) { character in
    switch character {
    case "&": 5
    case "<", ">": 4
    default: character.utf16.count
    }
  }

  /// Escapes `& < >` and nothing else (docs.slack.dev/messaging/formatting-message-text#escaping).
  ///
  /// Slack's mentions and links start with `<`, so an alert's text cannot create one.
  static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 0x26 || $0 == 0x3C || $0 == 0x3E }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Splits the text into pieces that each cost at most the limit, at line ends where possible.
  static func pieces(of text: String, limit: Int) -> [String] {
    if cost.fits(text, in: limit) { return text.trimmed.isEmpty ? [] : [text] }
    var pieces: [String] = []
    var piece = ""
    var spent = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let lineCost = cost.of(line) + 1
      if spent > 0, spent + lineCost > limit {
        pieces.append(piece)
        (piece, spent) = ("", 0)
      }
      if spent > 0 { piece += "\n" }
      for character in line {
        let characterCost = cost.ofCharacter(character)
        if spent + characterCost >= limit {
          pieces.append(piece)
          (piece, spent) = ("", 0)
        }
        piece.append(character)
        spent += characterCost
      }
      spent += 1
    }
    return (pieces + [piece]).filter { !$0.trimmed.isEmpty }
  }
}
