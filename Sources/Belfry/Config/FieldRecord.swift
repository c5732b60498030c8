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
  ///   - report: receives the findings; those about a key are placed in this object.
  mutating func check(_ node: JSONNode, _ report: inout Report)
}

extension FieldRecord {
  /// An object with these keys.
  public static var shape: FieldShape { .record(fields.map(\.summary)) }

  /// Reads the object strictly: an unknown key, a wrong type and a missing key are each reported.
  public static func read(_ node: JSONNode, _ report: inout Report) -> Self? { record(node, &report) }

  /// Reads the object, for a type that can also be written in another form.
  public static func record(_ node: JSONNode, _ report: inout Report) -> Self? {
    var record = Self()
    let trouble = report.troubleCount
    Field.decode(fields, from: node, into: &record, report: &report)
    // Rules across keys would only repeat what is reported already.
    guard report.troubleCount == trouble else { return nil }
    let outer = report.subject
    report.subject = node
    record.check(node, &report)
    report.subject = outer
    return report.troubleCount == trouble ? record : nil
  }

  /// Reports nothing.
  public mutating func check(_ node: JSONNode, _ report: inout Report) {}
}
