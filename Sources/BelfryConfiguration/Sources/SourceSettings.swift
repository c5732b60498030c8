// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// One entry of `sources`: where alerts come from.
package struct SourceSettings: Sendable {
  package enum Kind: Sendable {
    case file(FileSourceSettings)
    case prometheus(PrometheusSourceSettings)
    case alertmanager(AlertmanagerSourceSettings)
    case exec(ExecSourceSettings)
    case host(HostSourceSettings)
    case probe(ProbeSourceSettings)
    case auditRule(AuditRuleSourceSettings)
  }

  package var name: SourceName
  package var kind: Kind
  package var line: Int
  /// Masks the source's secrets in its output.
  package var redaction = Redaction()

  /// How often it is read, if the file's interval is `interval`.
  package func every(_ interval: Duration) -> Duration { settings.every?.duration ?? interval }

  /// How long it may fail to be read before that raises an alert; nil for three times its reading interval.
  package var stale: Duration? { settings.stale?.duration }

  /// The value of `kind`.
  package var kindName: String { type(of: settings).kind }

  /// What it monitors, for people.
  package var subject: String { settings.subject }

  private var settings: any SourceKindSettings {
    switch kind {
    case .file(let settings): settings
    case .prometheus(let settings): settings
    case .alertmanager(let settings): settings
    case .exec(let settings): settings
    case .host(let settings): settings
    case .probe(let settings): settings
    case .auditRule(let settings): settings
    }
  }

  /// Every kind, in the order of the docs.
  static let readings = [
    SourceReading(FileSourceSettings.self) { .file($0) },
    SourceReading(PrometheusSourceSettings.self) { .prometheus($0) },
    SourceReading(AlertmanagerSourceSettings.self) { .alertmanager($0) },
    SourceReading(ExecSourceSettings.self) { .exec($0) },
    SourceReading(HostSourceSettings.self) { .host($0) },
    SourceReading(ProbeSourceSettings.self) { .probe($0) },
    SourceReading(AuditRuleSourceSettings.self) { .auditRule($0) },
  ]
  package static let kinds = readings.map(\.kind)
  static let staleNote = "How long it may be unreadable before Belfry raises an alert about it."
  static let staleOtherwise = "three times its period"
  static let everyOtherwise = "every `interval`"
  static let yourNote = "Free text, shown beside the source."
}
