// SPDX-License-Identifier: Apache-2.0

/// The name of a new channel, such as `Pager`, and the names derived from it.
struct ChannelName: Equatable {
  let text: String

  /// The module, a target of the package.
  var module: String { "Belfry" + text }
  var testModule: String { module + "Tests" }
  var type: String { text + "Channel" }
  var settings: String { text + "Settings" }
  var message: String { text + "Message" }

  /// The `kind` in `channels.json`: the name's words in lower case, `slack-dm` for `SlackDM`.
  var kind: String {
    let letters = Array(text)
    var kind = ""
    for (index, letter) in letters.enumerated() {
      // A word begins at a capital after a small letter or digit, and at the last capital of a run: HTTP-Hook.
      let endsWord = index > 0 && !letters[index - 1].isUppercase
      let startsSmall = index + 1 < letters.count && letters[index + 1].isLowercase
      if index > 0, letter.isUppercase, endsWord || startsSmall { kind += "-" }
      kind += letter.lowercased()
    }
    return kind
  }

  /// The prefix of environment variables, `SLACK_DM`.
  var variable: String { kind.uppercased().split(separator: "-").joined(separator: "_") }

  init(_ text: String) throws(Refusal) {
    guard !text.isEmpty else { throw Refusal("a channel needs a name, such as Pager.") }
    guard text.count <= 30 else {
      throw Refusal("\"\(text)\" is too long: types are named after it. Use 30 letters at most.")
    }
    guard Self.isPascalCase(text) else {
      let better = Self.pascalCase(text)
      throw Refusal(
        "\"\(text)\" is not a channel name: use ASCII letters and digits, starting with a capital letter, as in a type's name."
          + (Self.isPascalCase(better) ? " Try \(better)." : " Such as Pager or SlackDM.")
      )
    }
    for word in ["Channel", "Tests"] where text.hasSuffix(word) {
      let rest = text.dropLast(word.count)
      throw Refusal(
        "leave out the word \(word): it is put in where it belongs." + (rest.isEmpty ? "" : " Try \(rest).")
      )
    }
    self.text = text
  }

  private static func isPascalCase(_ text: String) -> Bool {
    text.first?.isUppercase == true && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
  }

  private static func pascalCase(_ text: String) -> String {
    text.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
      .map { $0.prefix(1).uppercased() + $0.dropFirst() }
      .joined()
  }
}

/// The reason why no channel is written, and what to do instead.
struct Refusal: Error, Equatable {
  let message: String
  init(_ message: String) { self.message = message }
}
