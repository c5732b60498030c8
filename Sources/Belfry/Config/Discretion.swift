// SPDX-License-Identifier: Apache-2.0

// Keeps possible secrets in the wrong place out of findings.
extension JSONProblem {
  /// Whether names and values are clearly distinguishable despite the problem; otherwise a secret may be where a name
  /// should be.
  package var isHarmless: Bool {
    switch code {
    case .comment, .trailingComma, .extraComma, .duplicateName, .misspeltLiteral, .tooDeep: true
    case .invalidUTF8, .badEscape, .loneSurrogate, .controlCharacter, .stringTooLong: true
    case .badNumber, .numberTooLong, .numberTooLarge: true
    default: false
    }
  }

  /// The problem without quoted text of the file.
  package var discreet: JSONProblem {
    switch code {
    case .unquotedText, .unquotedName:
      JSONProblem(code, at: offset, "this text is not in quotes.", "Put it in double quotes.")
    case .duplicateName:
      JSONProblem(code, at: offset, "this name occurs twice in one object.", "Remove or rename one of them.")
    case .badNumber:
      JSONProblem(code, at: offset, "this is not a JSON number.", "Write it like 12, -0.5 or 1e9.")
    default: self
    }
  }
}

extension JSONNode {
  /// The references in its strings, with their values.
  package var references: [Substitution.Resolved] {
    switch value {
    case .array(let elements): elements.flatMap(\.references)
    case .object(let members): members.flatMap(\.node.references)
    default: substitution?.resolved ?? []
    }
  }
}

extension JSONNode {
  /// The values of the variables in this text that are long enough to be recognised.
  package var sealedValues: [Secret] { (substitution?.values ?? []).filter(\.isRecognisable) }

  /// The text as it may be shown: values of variables are masked.
  package var shownText: String? {
    guard let substitution, !substitution.values.isEmpty else { return string }
    return substitution.shown
  }

  /// The whole text if part of it came from a variable; otherwise empty.
  package var sealedText: Secret {
    substitution?.values.isEmpty == false ? Secret(string ?? "") : Secret()
  }
}
