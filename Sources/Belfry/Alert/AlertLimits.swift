// SPDX-License-Identifier: Apache-2.0

/// How much of an alert is taken from a source; what is more is cut, visibly, and told in a finding.
package struct AlertLimits: Sendable, Hashable {
  /// What a source may hand over at once; whoever reads the file or the answer checks it, before reading.
  package var fileBytes = 64 << 20
  package var idBytes = 512
  package var titleCharacters = 1_000
  package var detailBytes = 32 << 10
  /// Also of the severity, the panel and the time first seen.
  package var categoryBytes = 256
  /// A link is never cut, as it would lead elsewhere: a longer one is left out.
  package var linkBytes = 4 << 10
  package var labels = 128
  package var labelNameBytes = 256
  package var labelValueBytes = 4 << 10
  /// How many findings are kept; the rest is counted.
  package var findings = 100

  package init() {}

  package static let standard = AlertLimits()
}
