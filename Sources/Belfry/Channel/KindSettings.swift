// SPDX-License-Identifier: Apache-2.0

/// The settings of a kind of channel or source in `channels.json`: they start with their defaults, and `fields` is the one
/// list that decodes, checks, documents and redacts them.
public protocol KindSettings: FieldContainer {
  /// Every key of the kind, besides those that all kinds have.
  static var fields: [Field<Self>] { get }
  /// Checks rules across several keys; by default there are none.
  func check(_ report: inout Report)
}

extension KindSettings {
  /// Reports nothing.
  public func check(_ report: inout Report) {}

  /// Decodes strictly: unknown keys, wrong types and missing keys are all added to `report`.
  ///
  /// - Returns: nil if there was an error.
  package init?(decoding node: JSONNode, besides others: [String] = [], report: inout Report) {
    let trouble = report.troubleCount
    self.init()
    Field.decode(Self.fields, from: node, into: &self, besides: others, report: &report)
    // Rules across keys would only repeat what is reported already.
    guard report.troubleCount == trouble else { return nil }
    report.subject = node
    check(&report)
    report.subject = nil
    guard report.troubleCount == trouble else { return nil }
  }
}
