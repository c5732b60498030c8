// SPDX-License-Identifier: Apache-2.0

extension Secret: FieldValue {
  /// A string that should come from a variable.
  public static var shape: FieldShape { .secret }
  /// Reads a secret of one line; a secret in the file itself causes a warning.
  public static func read(_ node: JSONNode, _ report: inout Report) -> Secret? { read(node, .one, &report) }

  /// The mask, never the secret; `none` if it is empty.
  public var shown: String { isEmpty ? "none" : description }

  /// How many lines a secret may have.
  package enum Lines: Sendable {
    /// A token or a password: it is used in a header field, or in a line of a dialogue.
    case one
    /// A PEM key, or input for a program.
    case several
  }

  /// Reads a secret; the only place where its text is checked.
  package static func read(_ node: JSONNode, _ lines: Lines, _ report: inout Report) -> Secret? {
    guard let text = node.string else {
      report.error(
        "expected a secret, found \(node.kindName).",
        at: node.offset,
        remedy: "Write \"${NAME}\" and set the variable NAME."
      )
      return nil
    }
    if !text.isEmpty, node.substitution?.hasDefault ?? true {
      report.noteSecret(at: node.offset)
      report.warning(
        "the file contains a secret.",
        at: node.offset,
        remedy: "Write \"${NAME}\" and set the variable NAME in the environment."
      )
    }
    return read(text, lines, at: node.offset, &report)
  }

  /// Reads a text as a secret: a final line break is removed, and any other control character is an error.
  package static func read(_ text: String, _ lines: Lines, at offset: Int, _ report: inout Report) -> Secret? {
    let text = text.withoutFinalLineBreaks
    let isFault = { (scalar: Unicode.Scalar) in
      scalar.properties.generalCategory == .control && !(lines == .several && "\n\r\t".unicodeScalars.contains(scalar))
    }
    guard let fault = text.unicodeScalars.first(where: isFault) else {
      report.seal([Secret(text)])
      return Secret(text)
    }
    let code = String(fault.value, radix: 16, uppercase: true)
    let what =
      fault == "\n" || fault == "\r"
      ? "a line break" : "the control character U+\(String(repeating: "0", count: max(0, 4 - code.count)))\(code)"
    report.error("this secret contains \(what).", at: offset, remedy: "Remove it; a line break at the end is allowed.")
    return nil
  }
}

/// A secret that may have several lines, such as a PEM key.
public struct MultilineSecret: FieldValue, Hashable {
  /// The whole text, without a final line break.
  public var secret: Secret

  /// Creates a value from a secret.
  public init(_ secret: Secret) { self.secret = secret }

  /// A secret.
  public static var shape: FieldShape { .secret }
  /// Reads a secret, including its line breaks.
  public static func read(_ node: JSONNode, _ report: inout Report) -> MultilineSecret? {
    Secret.read(node, .several, &report).map(MultilineSecret.init)
  }
  /// The mask; `none` if it is empty.
  public var shown: String { secret.shown }
}

extension String {
  /// The text without final line breaks: secrets in files and in systemd credentials usually end in one.
  package var withoutFinalLineBreaks: String {
    let count = utf8.reversed().prefix { $0 == 0x0A || $0 == 0x0D }.count
    return count == 0 ? self : String(decoding: utf8.dropLast(count), as: UTF8.self)
  }
}
