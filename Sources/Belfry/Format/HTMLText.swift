// SPDX-License-Identifier: Apache-2.0

extension String {
  /// The text for HTML, as text of an element and as value of an attribute: `& < > " '` escaped.
  ///
  /// An alert's text cannot open or close an element in it. `TextCost.html` is what a character of it costs.
  public var htmlEscaped: String {
    guard utf8.contains(where: { "&<>\"'".utf8.contains($0) }) else { return self }
    var result = ""
    result.reserveCapacity(utf8.count + 16)
    for scalar in unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension TextCost {
  /// UTF-16 units of a text that is escaped for HTML.
  public static let html = TextCost(mostPerByte: 6) { character in
    character.unicodeScalars.reduce(0) { sum, scalar in
      switch scalar {
      case "&", "'": sum + 5
      case "<", ">": sum + 4
      case "\"": sum + 6
      default: sum + UTF16.width(scalar)
      }
    }
  }
}
