// SPDX-License-Identifier: Apache-2.0

/// The settings of a channel kind: they begin as their defaults, and `fields` is the one list that decodes, checks,
/// documents and redacts them.
public protocol ChannelSettings: Sendable {
  init()
  static var fields: [Field<Self>] { get }
  /// Rules that span fields; nothing by default.
  func check(_ report: inout Report)
}

extension ChannelSettings {
  /// Finds nothing.
  public func check(_ report: inout Report) {}

  /// Decodes strictly: an unknown key, a wrong type and a missing key each add to `report`, and nothing stops at the
  /// first.
  ///
  /// - Returns: nil when an error was found.
  package init?(decoding node: JSONNode, besides others: [String] = [], report: inout Report) {
    let errorsBefore = report.errorCount
    self.init()
    Field.decode(Self.fields, from: node, into: &self, besides: others, report: &report)
    guard report.errorCount == errorsBefore else { return nil }
    report.subject = node
    check(&report)
    report.subject = nil
    guard report.errorCount == errorsBefore else { return nil }
  }
}
