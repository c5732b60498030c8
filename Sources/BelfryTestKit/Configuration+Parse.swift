// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
internal import BelfrySources

extension ChannelRegistry {
  /// Every kind of channel in this package; the build generates the list.
  package static let linked = ChannelRegistry(.builtIn)
}

extension Configuration {
  /// Reads a complete `channels.json`.
  ///
  /// - Throws: `Unreadable` if it has an error.
  package static func parse(
    _ json: String,
    kinds: ChannelRegistry = .linked,
    environment: [String: String] = TestEnvironment.variables,
    files: ReferencedFiles = .none,
    folder: String = "/nowhere"
  ) throws(Unreadable) -> Configuration {
    let reader = ConfigurationReader(registry: kinds, sources: .builtIn, environment: environment, files: files)
    let read = reader.read(SourceText(name: "channels.json", bytes: Array(json.utf8)), folder: folder)
    guard let configuration = read.configuration else { throw Unreadable(findings: read.findings) }
    return configuration
  }
}

/// A `channels.json` of a test has an error.
package struct Unreadable: Error, CustomStringConvertible {
  package let findings: [Finding]

  package init(findings: [Finding]) { self.findings = findings }

  /// The findings as they are printed.
  package var texts: [String] { findings.map(\.text) }
  package var description: String { texts.joined(separator: "\n") }
}
