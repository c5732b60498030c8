// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryConfiguration

/// The result of reading `channels.json`.
package struct ReadConfiguration: Sendable {
  /// The file's text; nil if it cannot be read.
  package var text: String?
  /// Nil if the file has an error.
  package var configuration: Configuration?
  /// All findings, as `belfry check` prints them.
  package var findings: [String]
  /// The absolute paths of the other files that were read, or that could not be.
  package var files: Set<String>

  package init(text: String?, configuration: Configuration?, findings: [String], files: Set<String> = []) {
    self.text = text
    self.configuration = configuration
    self.findings = findings
    self.files = files
  }
}
