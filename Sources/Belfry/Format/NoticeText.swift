// SPDX-License-Identifier: Apache-2.0

/// A notice in words, not yet laid out: each channel puts these parts into what its service offers.
///
/// All of it is tidy: one line where one line is meant, no control characters, and links that can be followed.
public struct NoticeText: Sendable, Hashable {
  /// How times are told.
  public enum Times: Sendable, Hashable {
    /// As the source wrote them: for what is read later.
    case asWritten
    /// From the moment of sending: `3m ago`.
    case relative
  }

  /// A name and what it says: `Source` and `/costs`.
  public struct Fact: Sendable, Hashable {
    /// Such as `First seen`.
    public var name: String
    /// Such as `3m ago`.
    public var value: String
    /// Both on a line: `First seen: 3m ago`.
    public var line: String { "\(name): \(value)" }
  }

  /// One alert in a message about several.
  public struct Entry: Sendable, Hashable {
    /// How bad it is.
    public var severity: Severity
    /// Emoji, severity and title in a burst; the title in a digest.
    public var title: String
    /// What is known of it; may be empty.
    public var detail: String
    /// Category, first seen and source; empty in a burst.
    public var facts: [Fact]
    /// Where to look at it.
    public var link: String?
    /// Its lines, those under the title indented.
    public var plain: String {
      let below = facts.map(\.line) + (detail.isEmpty ? [] : detail.split(separator: "\n").map(String.init))
      return ([title] + below.map { "  " + $0 }).joined(separator: "\n")
    }
  }

  /// Entries under a heading, such as `== WARNING (2) ==`; a burst's heading is empty.
  public struct Group: Sendable, Hashable {
    /// Stands above the entries; may be empty.
    public var heading: String
    /// At least one.
    public var entries: [Entry]
  }

  /// A link by which an alert can be acknowledged.
  public struct Acknowledgement: Sendable, Hashable {
    /// What it does: `Acknowledge`.
    public var label: String
    /// Which alert it is for, as an entry's title says it; empty where that is clear.
    public var title: String
    /// Where it leads: an absolute URL of ASCII in which nothing can end a link.
    public var url: String
    /// What it does, and to which alert: `Acknowledge “Disk full”`.
    public var name: String { title.isEmpty ? label : "\(label) “\(title)”" }
    /// All of it on a line.
    public var line: String { "\(name): \(url)" }
  }

  /// What a mail about it has as its subject: `[Belfry alert] critical: Disk full`.
  public var subject: String
  /// The notice in a line, without decoration: the alert's title, or how many alerts there are.
  public var summary: String
  /// Emoji, label and product: `🔴 [CRITICAL] Belfry`.
  public var headline: String
  /// The alert's title; empty in a message about several.
  public var title: String
  /// A paragraph or several; may be empty.
  public var body = ""
  /// The alerts of a notice about several.
  public var groups: [Group] = []
  /// How many alerts were left out for want of room.
  public var omitted = 0
  /// What is known of a single alert.
  public var facts: [Fact] = []
  /// Where to look, absolute.
  public var link: String?
  /// What a link is called: `Open in Belfry`.
  public var linkLabel: String
  /// Where its alerts can be acknowledged: a link each while they are few, else one that leads to all of them.
  public var acknowledgements: [Acknowledgement] = []
  /// Why it comes: the event, the rule and the route; may be empty.
  public var why: String

  /// The note that tells of alerts left out; empty when there are none.
  public var omission: String { omitted == 0 ? "" : "… and \(omitted.grouped) more alert\(omitted == 1 ? "" : "s")" }

  /// The message from its headline on, ending without a line break.
  public var plain: String {
    let opening = [headline, title].filter { !$0.isEmpty }.joined(separator: "\n")
    return ([opening] + parts).filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// The message without headline and title, for where a subject says them; ends without a line break.
  public var plainBody: String { parts.filter { !$0.isEmpty }.joined(separator: "\n\n") }

  /// Body and entries alone.
  public var main: String { [body, entries].filter { !$0.isEmpty }.joined(separator: "\n\n") }

  private var parts: [String] {
    let links = link.map { ["\(linkLabel): \($0)"] } ?? []
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
