// SPDX-License-Identifier: Apache-2.0

/// The settings of an object in `channels.json`: they start as their defaults, and `fields` lists the keys.
public protocol FieldContainer: Sendable {
  init()
}

/// An object inside the settings, such as `"auth": { "kind": …, "client_id": … }`: one list of fields decodes, checks
/// and documents it.
public protocol FieldRecord: FieldContainer, FieldValue {
  /// Every key of the object.
  static var fields: [Field<Self>] { get }
  /// Checks the values together, after every key was read; does nothing by default.
  ///
  /// - Parameters:
  ///   - node: the object as it is written.
  ///   - report: receives the findings.
  mutating func check(_ node: JSONNode, _ report: inout Report)
}

extension FieldRecord {
  /// An object with these keys.
  public static var shape: FieldShape { .record(fields.map(\.summary)) }

  /// Reads the object strictly: an unknown key, a wrong type and a missing key are each reported.
  public static func read(_ node: JSONNode, _ report: inout Report) -> Self? {
    var record = Self()
    let errors = report.errorCount
    Field.decode(fields, from: node, into: &record, report: &report)
    guard report.errorCount == errors else { return nil }
    record.check(node, &report)
    return report.errorCount == errors ? record : nil
  }

  /// Reports nothing.
  public mutating func check(_ node: JSONNode, _ report: inout Report) {}
}
