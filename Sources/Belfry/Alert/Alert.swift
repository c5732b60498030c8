// SPDX-License-Identifier: Apache-2.0

/// A condition that a source reports as active: what is wrong, how severe it is, and a link for details.
public struct Alert: Sendable, Hashable {
  /// The source in `channels.json` that reports it.
  public var source: SourceName
  /// The stable ID within its source; the same bytes mean the same alert.
  @ExactText public var id: String
  /// The severity.
  public var severity: Severity
  /// The kind of problem, such as `disk_full`.
  ///
  /// Cooldowns apply per category.
  @ExactText public var category: String
  /// The title, one line.
  @ExactText public var title: String
  /// A longer description; may be empty.
  @ExactText public var detail: String
  /// Labels for routing and grouping.
  public var labels: Labels
  /// Where it comes from (a dashboard panel, a rule group); may be empty.
  @ExactText public var panel: String
  /// A link for details: an absolute URL, or a path relative to the configured `cockpit`; may be empty.
  @ExactText public var link: String
  /// When it was first seen, as the source wrote it (ISO 8601); empty if unknown.
  @ExactText public var firstSeen: String
  /// What the source says about it beyond its labels, such as `summary` or `runbook_url`; never part of its identity.
  public var annotations: Labels
  /// The source's own link to what raised it (`generatorURL`); may be empty.
  @ExactText public var sourceLink: String

  /// Creates an alert; omitted fields are empty.
  public init(
    source: SourceName = "",
    id: String,
    severity: Severity,
    category: String = "",
    title: String,
    detail: String = "",
    labels: Labels = [:],
    panel: String = "",
    link: String = "",
    firstSeen: String = "",
    annotations: Labels = [:],
    sourceLink: String = ""
  ) {
    self.source = source
    self.id = id
    self.severity = severity
    self.category = category
    self.title = title
    self.detail = detail
    self.labels = labels
    self.panel = panel
    self.link = link
    self.firstSeen = firstSeen
    self.annotations = annotations
    self.sourceLink = sourceLink
  }

  /// The alert's identity across all sources.
  public var key: AlertKey { AlertKey(source: source, id: id) }
}

/// Identifies an alert across all sources: two sources may use the same ID without conflict.
///
/// IDs are compared byte by byte; see `ExactText`.
public struct AlertKey: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The source that reports it.
  public let source: SourceName
  /// The ID assigned by the source.
  @ExactText public private(set) var id: String

  /// Creates the key of an alert of a source.
  public init(source: SourceName, id: String) {
    self.source = source
    self.id = id
  }

  /// `source/id`.
  ///
  /// A source's name contains no slash, so this is unambiguous.
  public var description: String { "\(source.name)/\(id)" }

  /// The key in at most 64 bytes of letters, digits, `-`, `_` and `.`: for what a service calls a deduplication key.
  ///
  /// It is the same for the alert and for its end. `Notice.delivery` is the other identity: one per message.
  public var token: String { String(SHA256.hexadecimal(of: Array(description.utf8)).prefix(32)) }

  /// Orders by id, then by source.
  public static func < (left: AlertKey, right: AlertKey) -> Bool {
    left._id == right._id ? left.source < right.source : left._id < right._id
  }
}
