// SPDX-License-Identifier: Apache-2.0

/// A condition that a source holds active: what is wrong, how bad it is, and where to look.
public struct Alert: Sendable, Hashable {
  /// The source, in `channels.json`, that holds it active.
  public var source: SourceName
  /// Stable identity within its source: an id of the same bytes is the same alert.
  @ExactText public var id: String
  /// How bad it is.
  public var severity: Severity
  /// What kind of trouble it is, such as `disk_full`.
  ///
  /// Cooldowns go by it.
  @ExactText public var category: String
  /// One line.
  @ExactText public var title: String
  /// A paragraph; may be empty.
  @ExactText public var detail: String
  /// What it is about, for routing and grouping.
  public var labels: Labels
  /// The name of the place it comes from (a dashboard's panel, a rule group); may be empty.
  @ExactText public var panel: String
  /// Where to look: an absolute URL, or a path below the configured `cockpit`; may be empty.
  @ExactText public var link: String
  /// When it was first seen, as the source wrote it (ISO 8601); empty when unknown.
  @ExactText public var firstSeen: String

  /// Creates an alert; what is left out is empty.
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
    firstSeen: String = ""
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
  }

  /// What tells it from every other alert.
  public var key: AlertKey { AlertKey(source: source, id: id) }
}

/// What identifies an alert over all sources: two sources may use one id without hiding each other.
///
/// Ids are compared by their bytes; see `ExactText`.
public struct AlertKey: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The source that holds it active.
  public let source: SourceName
  /// The id that the source gave it.
  @ExactText public private(set) var id: String

  /// Creates the key of an alert of that source.
  public init(source: SourceName, id: String) {
    self.source = source
    self.id = id
  }

  /// `source/id`.
  ///
  /// A source's name holds no slash, so this reads back in one way only.
  public var description: String { "\(source.name)/\(id)" }

  /// Orders by id, then by source.
  public static func < (left: AlertKey, right: AlertKey) -> Bool {
    (left._id, left.source) < (right._id, right.source)
  }
}
