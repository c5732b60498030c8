// SPDX-License-Identifier: Apache-2.0

/// Custom header fields, by name.
///
/// A value with a variable is a secret, as is the value of a field meant for secrets.
public struct HeaderFields: FieldValue, Hashable {
  /// The fields, in the order of the file.
  public private(set) var fields: [HTTPField] = []

  /// Creates an empty list.
  public init() {}

  /// Whether a value is a secret.
  public var hasSecret: Bool {
    fields.contains { if case .secret = $0.value { true } else { false } }
  }

  /// Whether there is a field with that name, in any case.
  public func names(_ name: String) -> Bool { fields.contains { $0.name.lowercased() == name } }

  /// An object of strings.
  public static var shape: FieldShape { .said("an object: each header field's name with a text", .named(.string(""))) }

  /// Reads the members; names and values that would break the request's framing are reported.
  public static func read(_ node: JSONNode, _ report: inout Report) -> HeaderFields? {
    var headers = HeaderFields()
    let isValid = report.readMembers(of: node, expecting: shape) { member, report in
      if headers.names(member.name.lowercased()) {
        report.error(
          "this field occurs twice.",
          at: member.offset,
          remedy: "Names that differ only in case are the same field."
        )
      }
      guard let field = field(member, &report) else { return }
      headers.fields.append(field)
    }
    return isValid ? headers : nil
  }

  private static func field(_ member: JSONNode.Member, _ report: inout Report) -> HTTPField? {
    let name = member.name
    let known = name.lowercased()
    let isToken =
      !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !#""(),/:;<=>?@[\]{}"#.utf8.contains($0) }
    guard isToken else {
      report.error("this is not a valid header field name.", at: member.offset)
      return nil
    }
    let isOurs = known.hasPrefix("webhook-") || ["content-length", "transfer-encoding", "connection"].contains(known)
    guard !isOurs else {
      report.error("Belfry sets this field itself.", at: member.offset, remedy: "Remove it.")
      return nil
    }
    let isConfidential = ["authorization", "token", "secret", "api-key", "apikey", "cookie"].contains {
      known.contains($0)
    }
    let isSecret = isConfidential || member.node.substitution != nil
    guard let secret = secret(in: member.node, isConfidential: isConfidential, &report) else { return nil }
    let text = secret.reveal()
    guard text.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
      report.error("it contains a line break or a control character.", at: member.node.offset, remedy: "Remove it.")
      return nil
    }
    guard !text.contains("{{") else {
      report.error("a header field cannot contain placeholders.", at: member.node.offset, remedy: "Use it in `body`.")
      return nil
    }
    return isSecret ? HTTPField(name, secret: secret) : HTTPField(name, text)
  }

  private static func secret(in node: JSONNode, isConfidential: Bool, _ report: inout Report) -> Secret? {
    if isConfidential { return Secret.read(node, &report) }
    guard let text = String.read(node, &report) else { return nil }
    return node.substitution == nil ? Secret(text) : Secret.read(text, .one, at: node.offset, &report)
  }

  /// The fields, with secrets masked.
  public var shown: String {
    fields.isEmpty ? "none" : fields.map { "\($0.name): \($0.value)" }.joined(separator: ", ")
  }
}
