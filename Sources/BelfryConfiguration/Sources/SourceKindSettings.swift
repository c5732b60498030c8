// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The settings of one kind of source in `channels.json`: they start with their defaults, and `fields` is the one list
/// that decodes and documents them.
package protocol SourceKindSettings: Sendable {
  init()
  /// The value of `kind`.
  static var kind: String { get }
  static var fields: [Field<Self>] { get }
  /// What it monitors, for people.
  var subject: String { get }
  /// How often it is read; nil for the file's `interval`.
  var every: Period? { get }
  /// How long it may fail to be read; nil for three times its reading interval.
  var stale: Period? { get }
  /// Checks rules across several keys; by default there are none.
  func check(_ report: inout Report)
}

extension SourceKindSettings {
  /// Reports nothing.
  package func check(_ report: inout Report) {}
}

/// Reads the settings of one kind of source.
struct SourceReading: Sendable {
  let kind: String
  let fields: [FieldSummary]
  /// Nil if there was an error.
  let read: @Sendable (JSONNode, inout Report) -> SourceSettings.Kind?

  init<Settings: SourceKindSettings>(
    _ type: Settings.Type,
    _ make: @escaping @Sendable (Settings) -> SourceSettings.Kind
  ) {
    kind = Settings.kind
    fields = Settings.fields.map(\.summary)
    read = { node, report in
      let errors = report.errorCount
      var settings = Settings()
      Field.decode(Settings.fields, from: node, into: &settings, besides: ["kind"], report: &report)
      guard report.errorCount == errors else { return nil }
      report.subject = node
      settings.check(&report)
      report.subject = nil
      return report.errorCount == errors ? make(settings) : nil
    }
  }
}
