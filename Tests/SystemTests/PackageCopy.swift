// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation

/// A copy of this package in a temporary folder, like a fresh clone, removed when it is no longer used.
///
/// The checked-out libraries are copied too, so that nothing is fetched; build products are not.
final class PackageCopy: Sendable {
  private let temporary: TemporaryFolder
  private var folder: URL { temporary.url }

  init() async throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
    temporary = try TemporaryFolder()
    let folder = temporary.url
    let listing = try await Tool.output(
      ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
      in: root
    )
    let files = listing.split(separator: "\0").map(String.init)
    let libraries = ["Package.resolved", ".build/checkouts", ".build/repositories", ".build/workspace-state.json"]
    for path in files + libraries {
      let origin = root.appending(path: path)
      // A file deleted but not yet committed is listed; a file never fetched does not exist.
      guard FileManager.default.fileExists(atPath: origin.path) else { continue }
      let target = folder.appending(path: path)
      try FileManager.default.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: origin, to: target)
    }
  }

  func edit(_ path: String, _ change: (String) -> String) throws {
    let file = folder.appending(path: path)
    let before = try String(contentsOf: file, encoding: .utf8)
    let after = change(before)
    guard after != before else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path]) }
    try after.write(to: file, atomically: true, encoding: .utf8)
  }

  func text(_ path: String) throws -> String {
    try String(contentsOf: folder.appending(path: path), encoding: .utf8)
  }

  func swift(_ arguments: [String]) async throws -> Tool.Result { try await run("swift", arguments) }

  /// Runs a program in the copy; a relative path refers to it.
  func run(_ program: String, _ arguments: [String]) async throws -> Tool.Result {
    try await Tool.run([program] + arguments, in: folder)
  }
}
