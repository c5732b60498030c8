// SPDX-License-Identifier: Apache-2.0

// What findings must not show: anything that may be a secret in the wrong place.
extension JSONProblem {
  /// Whether it leaves no doubt which strings are names and which are values; else a secret may stand where a name should be.
  var isHarmless: Bool {
    switch code {
    case .comment, .trailingComma, .extraComma, .duplicateName, .misspeltLiteral, .tooDeep: true
    case .invalidUTF8, .badEscape, .loneSurrogate, .controlCharacter, .stringTooLong: true
    case .badNumber, .numberTooLong, .numberTooLarge: true
    default: false
    }
  }

  /// The problem without the text of the file that it shows.
  var discreet: JSONProblem {
    switch code {
    case .unquotedText, .unquotedName:
      JSONProblem(code, at: offset, "this text stands without quotes.", "Put it in double quotes.")
    case .duplicateName:
      JSONProblem(code, at: offset, "this name stands twice in one object.", "Remove or rename one of them.")
    case .badNumber:
      JSONProblem(code, at: offset, "this is not a number of JSON.", "Write it like 12, -0.5 or 1e9.")
    default: self
    }
  }
}

extension JSONNode {
  /// The variables that strings in it named.
  var variables: [String] {
    switch value {
    case .array(let elements): elements.flatMap(\.variables)
    case .object(let members): members.flatMap(\.node.variables)
    default: substitution?.names ?? []
    }
  }
}

extension JSONNode {
  /// The values of the variables in this text, where they are long enough to be recognised.
  package var sealedValues: [Secret] { (substitution?.values ?? []).filter(\.isRecognisable) }

  /// The text as it may be shown: what came from a variable is masked.
  package var shownText: String? {
    guard let substitution, !substitution.values.isEmpty else { return string }
    return substitution.shown
  }

  /// The whole text where something in it came from a variable; else empty.
  package var sealedText: Secret {
    substitution?.values.isEmpty == false ? Secret(string ?? "") : Secret()
  }
}
