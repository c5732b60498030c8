// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The filter for rows of an audit log.
package struct AuditFilter: Sendable {
  package var earliest: Instant?
  package var seam: String?

  package init(earliest: Instant? = nil, seam: String? = nil) {
    self.earliest = earliest
    self.seam = seam
  }

  package func takes(_ row: AuditLine) -> Bool {
    if let seam, row.seam != seam { return false }
    guard let earliest else { return true }
    return row.emittedAt.map { $0 >= earliest } ?? false
  }
}
