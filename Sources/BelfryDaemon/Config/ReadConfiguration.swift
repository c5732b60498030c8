// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What a look at `channels.json` brought.
package struct ReadConfiguration: Sendable {
  /// The text of the file; nil when it cannot be read.
  package var text: String?
  /// Nil when there is an error in it.
  package var configuration: Configuration?
  /// Everything that was found in it, as `belfry check` says it.
  package var findings: [String]

  package init(text: String?, configuration: Configuration?, findings: [String]) {
    self.text = text
    self.configuration = configuration
    self.findings = findings
  }
}
