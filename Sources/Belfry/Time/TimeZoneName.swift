// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// A time zone by its name in the IANA database.
package struct TimeZoneName: FieldValue, Hashable {
  package var zone: TimeZone

  package static let utc = TimeZoneName(zone: .gmt)

  package static var shape: FieldShape { .string("a time zone such as \"Europe/Paris\"") }
  package static func read(_ node: JSONNode, _ report: inout Report) -> TimeZoneName? {
    guard let text = String.read(node, &report) else { return nil }
    if text == "UTC" { return utc }
    // `knownTimeZoneIdentifiers` lacks many names of the database. Offsets such as GMT+3 get another identifier.
    if let zone = TimeZone(identifier: text), zone.identifier == text { return TimeZoneName(zone: zone) }
    report.error(
      "\"\(text)\" is not a known time zone.",
      at: node.offset,
      remedy: Nearest.name(to: text, among: TimeZone.knownTimeZoneIdentifiers).map { "Did you mean \"\($0)\"?" }
        ?? "Use a name of the IANA database, such as \"Europe/Paris\"."
    )
    return nil
  }
  package var shown: String { "\"\(zone.identifier)\"" }
}
