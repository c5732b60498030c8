// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Reads the expiry date of a certificate from libcurl's description lines.
package enum CertificateDate {
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// Parses `Expire date:Nov 24 18:04:05 2026 GMT` (OpenSSL) and `Expire date:2026-11-24 18:04:05 GMT` (other TLS
  /// libraries); nil for any other line.
  package static func end(in line: String) -> Instant? {
    let name = "Expire date:"
    guard line.hasPrefix(name) else { return nil }
    let words = line.dropFirst(name.count).split(separator: " ").map(String.init)
    guard words.last == "GMT" else { return nil }
    if words.count == 3 { return Instant(iso8601: "\(words[0])T\(words[1])Z") }
    guard words.count == 5, let month = months.firstIndex(of: words[0]) else { return nil }
    return Instant(iso8601: "\(words[3])-\(twoDigits(String(month + 1)))-\(twoDigits(words[1]))T\(words[2])Z")
  }

  private static func twoDigits(_ number: String) -> String { number.count == 1 ? "0" + number : number }
}
