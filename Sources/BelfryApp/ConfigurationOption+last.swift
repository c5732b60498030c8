// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryLedger
internal import BelfryTransport
internal import Foundation

// While the file is invalid, the notifier continues with the last valid version, and so do commands.
extension ConfigurationOption {
  /// Reads the file, or, if it has an error, the version in force.
  func loadOrLast() async throws -> Configuration {
    let (configuration, findings) = try read()
    for finding in findings { Output.error(PrintedText(finding.text)) }
    if let configuration { return configuration }
    guard let (version, last) = try await last() else { throw ExitStatus.misuse }
    Output.error("\(shownPath) is invalid; showing results for version \(version), the last one in force.")
    return last
  }

  private func last() async throws -> (Int, Configuration)? {
    guard let ledger = try await ledgerBeside() else { return nil }
    let version = try await ledger.configurations(limit: 1).first
    try await ledger.close()
    return version.flatMap { version in
      read(Array(version.text.utf8)).configuration.map { (version.number, $0) }
    }
  }

  /// The ledger that the file names, as far as that is readable; nil if there is none.
  private func ledgerBeside() async throws -> (any Ledger)? {
    let url = URL(filePath: absolutePath)
    let text = try SourceText(name: shownPath, bytes: Array(Data(contentsOf: url)))
    let state = JSONTree.parse(text).node?["state"]?.string ?? "var/belfry.db"
    let path = URL(filePath: state, relativeTo: url.deletingLastPathComponent()).standardizedFileURL.path
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return try await Components.open(.file(path), .guest, SystemTime())
  }
}
