// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryLedger

/// The state of the server's certificate, for other processes to read.
package struct CertificateNote: Sendable, Hashable {
  /// The start of its validity.
  package var beginsAt: Instant
  package var endsAt: Instant
  /// The reason why its changed files were rejected; nil while their content is in force.
  package var refusal: String?

  package init(from beginsAt: Instant, until endsAt: Instant, refusal: String? = nil) {
    self.beginsAt = beginsAt
    self.endsAt = endsAt
    self.refusal = refusal
  }

  /// Whether to renew it: less than two weeks are left, or a third of a shorter validity.
  package func endsSoon(at now: Instant) -> Bool { endsAt - now < min(.seconds(14 * 86_400), (endsAt - beginsAt) / 3) }

  /// Whether someone must act now.
  package func isBadNews(at now: Instant) -> Bool { refusal != nil || endsSoon(at: now) }

  package func text(_ time: TimeText) -> String {
    let end = time.now < endsAt ? "valid until \(time.full(endsAt))" : "expired \(time.full(endsAt))"
    let renew = endsSoon(at: time.now) ? "; renew it" : ""
    let refused = refusal.map { "; its new files were rejected: \($0)" } ?? ""
    return "server certificate: \(end)\(renew)\(refused)"
  }
}

// MARK: - In the ledger

extension CertificateNote {
  private static let mark = "server.certificate"

  /// The last recorded note; nil if the server does not use TLS, or never did.
  package static func kept(in ledger: any Notes) async throws -> CertificateNote? {
    try await ledger.marks(beginning: mark)[mark].flatMap(CertificateNote.init(stored:))
  }

  /// Replaces the recorded note; nil if the server does not use TLS.
  package static func keep(_ note: CertificateNote?, in ledger: any Notes) async throws {
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
