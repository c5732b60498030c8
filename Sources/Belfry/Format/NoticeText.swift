// SPDX-License-Identifier: Apache-2.0

/// A notice in words, without layout: each channel arranges these parts for its service.
///
/// All of it is clean: single lines where a single line is meant, no control characters, and only links that work.
public struct NoticeText: Sendable, Hashable {
  /// How times are written.
  public enum Times: Sendable, Hashable {
    /// As the source wrote them; for texts that are read later.
    case asWritten
    /// Relative to the time of sending: `3m ago`.
    case relative
  }

  /// A name and a value: `Source` and `/costs`.
  public struct Fact: Sendable, Hashable {
    /// The name, such as `First seen`.
    public var name: String
    /// The value, such as `3m ago`.
    public var value: String
    /// Both on one line: `First seen: 3m ago`.
    public var line: String { "\(name): \(value)" }

    /// Creates a fact.
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// One alert in a message about several.
  public struct Entry: Sendable, Hashable {
    /// The severity.
    public var severity: Severity
    /// Emoji, severity and title in a burst; only the title in a digest.
    public var title: String
    /// The detail; may be empty.
    public var detail: String
    /// Category, first seen and source; empty in a burst.
    public var facts: [Fact]
    /// The link for details.
    public var link: String?
    /// Its lines, with those under the title indented.
    public var plain: String {
      let below = facts.map(\.line) + (detail.isEmpty ? [] : detail.split(separator: "\n").map(String.init))
      return ([title] + below.map { "  " + $0 }).joined(separator: "\n")
    }
  }

  /// Entries under a heading, such as `== WARNING (2) ==`; the heading of a burst is empty.
  public struct Group: Sendable, Hashable {
    /// The heading; may be empty.
    public var heading: String
    /// The entries, at least one.
    public var entries: [Entry]
  }

  /// A link for acknowledging an alert.
  public struct Acknowledgement: Sendable, Hashable {
    /// The label: `Acknowledge`.
    public var label: String
    /// The alert's title, as in its entry; empty if it is clear.
    public var title: String
    /// An absolute ASCII URL that contains nothing that would end a link.
    public var url: String
    /// The label and the alert: `Acknowledge “Disk full”`.
    public var name: String { title.isEmpty ? label : "\(label) “\(title)”" }
    /// All of it on one line.
    public var line: String { "\(name): \(url)" }
  }

  /// The subject for mail: `[Belfry alert] critical: Disk full`.
  public var subject: String
  /// The notice in one line, without decoration: the alert's title, or the number of alerts.
  public var summary: String
  /// Emoji, severity and product: `🔴 [CRITICAL] Belfry`.
  public var headline: String
  /// The alert's title; empty in a message about several.
  public var title: String
  /// One or more paragraphs; may be empty.
  public var body = ""
  /// The alerts of a notice about several.
  public var groups: [Group] = []
  /// The number of alerts left out because of lack of space.
  public var omitted = 0
  /// The facts about a single alert.
  public var facts: [Fact] = []
  /// The absolute URL for details.
  public var link: String?
  /// The link's label: `Open in Belfry`.
  public var linkLabel: String
  /// The links for acknowledging: one per alert if there are few, otherwise one that leads to all of them.
  public var acknowledgements: [Acknowledgement] = []
  /// The reason for the message: the event, the rule and the route; may be empty.
  public var why: String

  /// The note about alerts left out; empty if there are none.
  public var omission: String { omitted == 0 ? "" : "… and \(omitted.grouped) more alert\(omitted == 1 ? "" : "s")" }

  /// The message from its headline on, without a final line break.
  public var plain: String {
    let opening = [headline, title].filter { !$0.isEmpty }.joined(separator: "\n")
    return ([opening] + parts).filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// The message without headline and title, for use with a subject; without a final line break.
  public var plainBody: String { parts.filter { !$0.isEmpty }.joined(separator: "\n\n") }

  /// Only the body and the entries.
  public var main: String { [body, entries].filter { !$0.isEmpty }.joined(separator: "\n\n") }

  private var parts: [String] {
    let links = link.map { [linkLabel.isEmpty ? $0 : "\(linkLabel): \($0)"] } ?? []
    return [main, (facts.map(\.line) + links + acknowledgements.map(\.line)).joined(separator: "\n"), why]
  }

  private var entries: String {
    let texts = groups.map { group in
      let isList = group.entries.allSatisfy { $0.facts.isEmpty && $0.detail.isEmpty }
      let list = group.entries.map(\.plain).joined(separator: isList ? "\n" : "\n\n")
      return group.heading.isEmpty ? list : "\(group.heading)\n\n\(list)"
    }
    return (texts + [omission]).filter { !$0.isEmpty }.joined(separator: "\n\n")
  }
}
