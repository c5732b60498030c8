// SPDX-License-Identifier: Apache-2.0

/// What `channels.json` says of one kind of source: it begins as its defaults, and `fields` is the one list that decodes and
/// documents it.
package protocol SourceKindSettings: Sendable {
  init()
  /// The word that `kind` holds.
  static var kind: String { get }
  static var fields: [Field<Self>] { get }
  /// What it watches, for a person.
  var subject: String { get }
  /// How often it is looked at; nil for as often as the file's `interval` says.
  var every: Period? { get }
  /// How long it may be silent; nil for three times as often as it is looked at.
  var stale: Period? { get }
  /// Rules that span keys; nothing by default.
  func check(_ report: inout Report)
}

extension SourceKindSettings {
  /// Finds nothing.
  package func check(_ report: inout Report) {}
}

/// How the settings of one kind of source are read.
struct SourceReading: Sendable {
  let kind: String
  let fields: [FieldSummary]
  /// Nil when an error was found.
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
