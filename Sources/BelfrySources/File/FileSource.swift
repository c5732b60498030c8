// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryTransport

/// A file of alerts, in Belfry's or Alertmanager's format, read again when it changes.
package struct FileSource: AlertSource {
  package static let kind: SourceKind = "file"

  package struct Settings: SourceSettings {
    package var path = SourcePath(absolute: "", written: "")

    package init() {}

    package static let fields: [Field<Settings>] = [
      .required("path", \.path, "The file: JSON, a list of alerts or an object with `alerts`.", example: "alerts.json")
    ]
  }

  private let name: SourceName
  private let settings: Settings
  /// The file as it was read last, to recognise one that has not changed.
  private var known: FileIdentity?

  package init(name: SourceName, settings: Settings) {
    self.name = name
    self.settings = settings
  }

  package var subject: String { settings.path.written }

  package mutating func poll(_ context: PollContext) async -> Observation {
    let limit = AlertLimits.standard.fileBytes
    switch await Disk.ofSources.read(settings.path.absolute, maximumBytes: limit, unless: known) {
    case .unchanged: return Observation(.unchanged, writtenAt: known?.modified)
    case .failed(let failure): return .failed(failure.message)
    case .read(let bytes, let identity):
      let source = SourceText(name: settings.path.written, bytes: bytes)
      let snapshot = AlertDecoding.read(source, from: name, now: context.now)
      // A text without any list of alerts has no meaning: it is read again, and the source counts as unreadable.
      if !snapshot.isComplete, snapshot.alerts.isEmpty,
        let fault = snapshot.findings.first(where: { $0.level == .error })
      {
        known = nil
        return .failed(fault.text)
      }
      known = identity
      return Observation(.alerts(snapshot), writtenAt: identity.modified)
    }
  }
}

extension FileIdentity {
  /// When the file was last written.
  fileprivate var modified: Instant { Instant(microseconds: modifiedNanoseconds / 1000) }
}
