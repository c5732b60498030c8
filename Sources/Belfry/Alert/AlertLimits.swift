// SPDX-License-Identifier: Apache-2.0

/// How much of an alert is accepted from a source; longer texts are cut visibly and reported in a finding.
package struct AlertLimits: Sendable, Hashable {
  /// The largest text of a source, in bytes; the code that reads the file or the answer checks it before parsing.
  package var fileBytes = 64 << 20
  /// The most alerts of a source; with more of them, nothing counts as resolved.
  package var alerts = Int.max
  package var idBytes = 512
  package var titleCharacters = 1_000
  package var detailBytes = 32 << 10
  /// Also applies to the severity, the panel and the time first seen.
  package var categoryBytes = 256
  /// A longer link is omitted, because a cut link would lead elsewhere.
  package var linkBytes = 4 << 10
  package var labels = 128
  package var labelNameBytes = 256
  package var labelValueBytes = 4 << 10
  package var annotations = 64
  package var annotationBytes = 4 << 10
  /// The most bytes of all names and values of an alert's annotations together.
  package var annotationBytesInAll = 32 << 10
  /// The number of findings kept; the rest is only counted.
  package var findings = 100

  package init() {}

  package static let standard = AlertLimits()
}
