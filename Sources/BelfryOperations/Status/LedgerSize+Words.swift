// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryEngine
package import BelfryLedger

extension LedgerSize {
  /// One line; none where nothing is stored.
  func lines(_ time: TimeText) -> [String] {
    guard bytes > 0 else { return [] }
    var parts = [LedgerSize.text(bytes)]
    if freeBytes > 1 << 20 { parts[0] += " (\(LedgerSize.text(freeBytes)) free)" }
    let named: [(Rows, String)] = [(.alerts, "alert"), (.decisions, "decision"), (.deliveries, "message")]
    parts += named.compactMap { name, word in rows[name].map { counted($0, word) } }
    if let oldest { parts.append("history since \(time.full(oldest))") }
    if let prunedAt { parts.append("last pruned \(time.relative(prunedAt))") }
    return ["ledger: \(parts.joined(separator: ", "))"]
  }

  /// The same for programs; times are in UTC.
  func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("bytes", bytes)
      writer.member("free_bytes", freeBytes)
      writer.key("rows")
      writer.object { writer in
        for name in Rows.allCases { if let count = rows[name] { writer.member(name.rawValue, count) } }
      }
      writer.member("counted_at", countedAt?.iso8601)
      writer.member("oldest", oldest?.iso8601)
      writer.member("pruned_at", prunedAt?.iso8601)
    }
  }

  /// Such as `12.3 MB`.
  package static func text(_ bytes: Int) -> String {
    let tenths = { (unit: Int) in "\(bytes / unit).\(bytes % unit * 10 / unit)" }
    switch bytes {
    case ..<1_000_000: return "\(bytes / 1_000) kB"
    case ..<1_000_000_000: return "\(tenths(1_000_000)) MB"
    default: return "\(tenths(1_000_000_000)) GB"
    }
  }
}
