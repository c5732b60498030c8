// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryAudit
internal import BelfryConfiguration
package import BelfryEngine
internal import BelfryLedger
internal import BelfryTransport

/// The progress of investigations: how far the audit log is read, and the result for the last event.
package struct WakeState: Sendable {
  /// The audit log.
  package var log: String
  /// Whether `belfry run` has begun to read it.
  package var hasBegun: Bool
  /// How far it was read; nil if it cannot be read.
  package var place: AuditReader.Place?
  /// Why the log cannot be read.
  package var trouble: String?
  /// The number of events without an answer so far.
  package var waiting: Int
  /// The last investigation; nil if there was none yet.
  package var last: WakeOutcome?

  /// - Returns: nil if nothing is investigated.
  static func read(_ ledger: any Notes, _ configuration: Configuration) async throws -> WakeState? {
    guard configuration.wake != nil else { return nil }
    let marks = try await ledger.marks(beginning: InvestigationBookmark.prefix)
    let open = marks.compactMap { InvestigationCall(mark: $0.key, $0.value) }
    var state = WakeState(
      log: configuration.audit.path,
      hasBegun: marks[InvestigationBookmark.position] != nil,
      waiting: open.reduce(0) { $0 + $1.events.count },
      last: marks[InvestigationBookmark.last].flatMap { WakeOutcome(text: $0) }
    )
    do throws(TransportFailure) {
      state.place = try await AuditReader.place(
        of: marks[InvestigationBookmark.position].flatMap { AuditPosition($0) },
        in: state.log
      )
    } catch {
      state.trouble = error.message
    }
    return state
  }

  /// Its line in `belfry status`.
  package func line(_ time: TimeText) -> StatusLine {
    let open = waiting == 0 ? "" : "; \(counted(waiting, "event")) being investigated"
    return StatusLine("wake:", "\(progress)\(open)\(outcome(time))")
  }

  private var progress: String {
    if let trouble { return "the audit log cannot be read: \(trouble)" }
    guard hasBegun, let place else { return "the audit log has not been read yet; `belfry run` reads it" }
    guard place.behind > 0 else { return "audit log read to the end" }
    let file = place.file.map { " at byte \(place.offset) of \($0)" } ?? ""
    return "audit log read except for the last \(counted(Int(clamping: place.behind), "byte"))\(file)"
  }

  private func outcome(_ time: TimeText) -> String {
    guard let last else { return "; nothing investigated yet" }
    let what = last.count > 1 ? "\(last.count) events" : last.session
    let how = last.error.map { "without an answer (\($0))" } ?? "with an answer"
    return "; last \(time.relative(last.at)): \(what), sent to \(last.channel) \(how)"
  }
}
