// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryLedger

/// How it is with the certificate that the server shows, for those who ask beside the notifier.
package struct CertificateNote: Sendable, Hashable {
  /// From when to when it is good.
  package var beginsAt: Instant
  package var endsAt: Instant
  /// Why its changed files were refused; nil while what they hold is in force.
  package var refusal: String?

  package init(from beginsAt: Instant, until endsAt: Instant, refusal: String? = nil) {
    self.beginsAt = beginsAt
    self.endsAt = endsAt
    self.refusal = refusal
  }

  /// Whether it is time to renew it: it ends within two weeks, and of one that lasts shorter, a third is left.
  package func endsSoon(at now: Instant) -> Bool { endsAt - now < min(.seconds(14 * 86_400), (endsAt - beginsAt) / 3) }

  /// Whether someone has to see to it now.
  package func isBadNews(at now: Instant) -> Bool { refusal != nil || endsSoon(at: now) }

  package func text(_ time: TimeText) -> String {
    let end = time.now < endsAt ? "good until \(time.full(endsAt))" : "ended \(time.full(endsAt))"
    let renew = endsSoon(at: time.now) ? ": renew it" : ""
    let refused = refusal.map { "; its changed files were refused: \($0)" } ?? ""
    return "certificate of the server: \(end)\(renew)\(refused)"
  }
}

// MARK: - In the ledger

extension CertificateNote {
  private static let mark = "server.certificate"

  /// What was written down last; nil where the server speaks no TLS, or never did.
  package static func kept(in ledger: any Ledger) async throws -> CertificateNote? {
    try await ledger.marks(beginning: mark)[mark].flatMap(CertificateNote.init(stored:))
  }

  /// Writes it down in the place of what was; nil where the server speaks no TLS.
  package static func keep(_ note: CertificateNote?, in ledger: any Ledger) async throws {
    try await ledger.note(marks: [mark: note?.stored])
  }

  private var stored: String { "\(beginsAt.microseconds) \(endsAt.microseconds) \(refusal ?? "")" }

  private init?(stored text: String) {
    let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let begin = Int64(parts[0]), let end = Int64(parts[1]) else { return nil }
    self.init(
      from: Instant(microseconds: begin),
      until: Instant(microseconds: end),
      refusal: parts[2].isEmpty ? nil : String(parts[2])
    )
  }
}
