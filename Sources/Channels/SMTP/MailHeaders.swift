// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// The key `headers`: header fields that every mail has, such as one that a filter of the recipients reads.
public struct MailHeaders: FieldValue, Hashable {
  /// A header field.
  struct Entry: Hashable, Sendable {
    var name: String
    var text: String
  }

  /// The fields, in the order of the file.
  private(set) var entries: [Entry] = []

  /// Creates an empty list.
  public init() {}

  /// An object of strings.
  public static var shape: FieldShape { .said("an object: each header field's name with a text", .named(.string(""))) }

  /// Reads the members; fields that Belfry writes itself, and names that are not fields, are reported.
  public static func read(_ node: JSONNode, _ report: inout Report) -> MailHeaders? {
    guard let members = node.members, !members.isEmpty else {
      report.error("expected an object of header fields, found \(node.kindName).", at: node.offset)
      return nil
    }
    var headers = MailHeaders()
    let errors = report.errorCount
    for member in members {
      report.within(member.name) { report in
        if let entry = entry(member, besides: headers.entries, &report) { headers.entries.append(entry) }
      }
    }
    return report.errorCount == errors ? headers : nil
  }

  private static func entry(_ member: JSONNode.Member, besides others: [Entry], _ report: inout Report) -> Entry? {
    let known = member.name.lowercased()
    guard isName(member.name) else {
      report.error("this is not a valid header field name.", at: member.offset)
      return nil
    }
    guard !isReserved(known) else {
      report.error("Belfry sets this field itself.", at: member.offset, remedy: remedies[known] ?? "Remove it.")
      return nil
    }
    guard !others.contains(where: { $0.name.lowercased() == known }) else {
      report.error("this field occurs twice.", at: member.offset, remedy: "Remove one of them.")
      return nil
    }
    return text(of: member.node, &report).map { Entry(name: member.name, text: $0) }
  }

  private static func text(of node: JSONNode, _ report: inout Report) -> String? {
    guard let text = String.read(node, &report) else { return nil }
    guard !node.isFromVariable else {
      report.error(
        "the recipients read it, so it cannot contain a variable.",
        at: node.offset,
        remedy: "Write the text."
      )
      return nil
    }
    guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      report.error("it contains a line break or a control character.", at: node.offset, remedy: "Remove it.")
      return nil
    }
    return text
  }

  /// Whether it is a field name (RFC 5322 §3.6.8) that fits on a line.
  private static func isName(_ name: String) -> Bool {
    (1...40).contains(name.utf8.count) && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
  }

  private static func isReserved(_ name: String) -> Bool {
    reserved.contains(name) || ["content-", "resent-", "arc-"].contains { name.hasPrefix($0) }
  }

  /// The fields of a mail that Belfry writes, and those that servers on the way add.
  private static let reserved: Set<String> = [
    "date", "from", "sender", "to", "cc", "bcc", "reply-to", "subject", "message-id", "in-reply-to", "references",
    "mime-version", "auto-submitted", "x-auto-response-suppress", "dkim-signature", "return-path", "received",
  ]
  private static let remedies = [
    "to": "Write the key `to`.", "cc": "Write the key `cc`.", "bcc": "Write the key `bcc`.",
    "from": "Write the key `from`.", "reply-to": "Write the key `reply_to`.",
    "subject": "Write the key `subject_prefix`.",
  ]

  /// The fields.
  public var shown: String {
    entries.isEmpty ? "none" : entries.map { "\($0.name): \($0.text)" }.joined(separator: ", ")
  }
}
