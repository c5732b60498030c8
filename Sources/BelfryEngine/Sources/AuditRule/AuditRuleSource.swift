// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryAudit
package import BelfryConfiguration
internal import BelfryPolicy
package import BelfryTransport

/// An audit log, read from where the last read ended; too many rows of a type raise an alert.
package struct AuditRuleSource: AlertSource {
  package let name: SourceName
  private let settings: AuditRuleSourceSettings
  private let log: String
  private let disk: Disk

  /// The most pieces of the log, about a megabyte each, that one read processes: a long log must not delay the other
  /// sources.
  private static let pieces = 32

  /// The state kept between reads.
  package struct Memory: Sendable, Hashable {
    var reader: AuditReader
    var tally: AuditTally
  }

  /// Makes a source; it reads the log `own` if the settings name none.
  package init(name: SourceName, settings: AuditRuleSourceSettings, own: String, disk: Disk) {
    self.name = name
    self.settings = settings
    self.log = settings.path?.absolute ?? own
    self.disk = disk
  }

  package func observe(since memory: SourceMemory?, at now: Instant) async -> Observation {
    switch await disk.presence(of: log) {
    case .failure(let failure): return Observation(.failed(failure.message), memory: memory)
    case .success(false) where settings.path != nil:
      return Observation(.failed("\(log) does not exist"), memory: memory)
    // Belfry's own log is created with its first row.
    case .success: break
    }
    var known = Memory(reader: AuditReader(path: log), tally: AuditTally(over: settings.over.value))
    if case .audit(let earlier) = memory { known = earlier }
    do throws(TransportFailure) {
      for _ in 0..<AuditRuleSource.pieces {
        guard let piece = try await known.reader.readPiece() else {
          let alert = known.tally.alert(of: name, settings, at: now)
          return Observation(.alerts(AlertSnapshot(alerts: alert.map { [$0] } ?? [])), memory: .audit(known))
        }
        known.tally.take(piece.lines, settings)
      }
    } catch {
      // Unreadable rows may include those that exceed the limit: nothing has ended.
      return Observation(.failed(error.message), memory: .audit(known))
    }
    // There is more to read: until then, nothing is known to have ended.
    return Observation(.unchanged, memory: .audit(known))
  }
}

extension DetailPatterns {
  /// Whether a row has every member with a matching value.
  func match(_ row: AuditLine) -> Bool {
    members.allSatisfy { member in
      guard let value = row.value(of: member.name) else { return false }
      var memo = MatchMemo()
      return member.patterns.matches(value, memo: &memo)
    }
  }
}
