// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryTransport

/// A file of alerts, read again when it changes.
package struct FileSource: AlertSource {
  package let name: SourceName
  private let settings: FileSourceSettings
  private let disk: Disk
  private let limits: AlertLimits

  package init(name: SourceName, settings: FileSourceSettings, disk: Disk, limits: AlertLimits = .standard) {
    self.name = name
    self.settings = settings
    self.disk = disk
    self.limits = limits
  }

  package func observe(since memory: SourceMemory?, at now: Instant) async -> Observation {
    var known: FileIdentity?
    if case .file(let identity) = memory { known = identity }
    switch await disk.read(settings.path.absolute, maximumBytes: limits.fileBytes, unless: known) {
    case .unchanged:
      return Observation(.unchanged, memory: memory, writtenAt: known.flatMap(writtenAt))
    case .failed(let failure):
      return Observation(.failed(failure.message), memory: memory)
    case .read(let bytes, let identity):
      let source = SourceText(name: settings.path.shownPath, bytes: bytes)
      let snapshot = AlertDecoding.read(source, from: name, now: now, limits: limits)
      // A text without any list of alerts has no meaning: it is read again, and the source counts as unreadable.
      if !snapshot.isComplete, snapshot.alerts.isEmpty,
        let fault = snapshot.findings.first(where: { $0.level == .error })
      {
        return Observation(.failed(fault.text))
      }
      return Observation(.alerts(snapshot), memory: .file(identity), writtenAt: writtenAt(identity))
    }
  }

  /// The file's age, which only matters if the operator limits it.
  private func writtenAt(_ identity: FileIdentity) -> Instant? {
    settings.stale == nil ? nil : Instant(microseconds: identity.modifiedNanoseconds / 1000)
  }
}
