// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A copy of this package in a temporary folder, as a fresh clone has it, removed when it is no longer used.
///
/// The libraries that are checked out here are copied too, so that nothing is fetched; what was built is not.
final class PackageCopy: Sendable {
  struct Result {
    let status: Int32
    /// What it wrote on either stream.
    let output: String
  }

  private let folder: URL

  init() async throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
    folder = FileManager.default.temporaryDirectory.appending(path: "belfry-copy-\(UUID().uuidString)")
    let listing = try await Self.run(
      "/usr/bin/env",
      ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
      in: root,
      log: FileManager.default.temporaryDirectory.appending(path: folder.lastPathComponent + ".log")
    )
    let files = listing.output.split(separator: "\0").map(String.init)
    let libraries = ["Package.resolved", ".build/checkouts", ".build/repositories", ".build/workspace-state.json"]
    for path in files + libraries {
      let origin = root.appending(path: path)
      // A file that was deleted but not yet committed is listed; what was never fetched is not there.
      guard FileManager.default.fileExists(atPath: origin.path) else { continue }
      let target = folder.appending(path: path)
      try FileManager.default.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: origin, to: target)
    }
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)  // nothing to tell anyone: the system clears its temporary folder
  }

  func edit(_ path: String, _ change: (String) -> String) throws {
    let file = folder.appending(path: path)
    let before = try String(contentsOf: file, encoding: .utf8)
    let after = change(before)
    guard after != before else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path]) }
    try after.write(to: file, atomically: true, encoding: .utf8)
  }

  func swift(_ arguments: [String]) async throws -> Result { try await run("/usr/bin/env", ["swift"] + arguments) }

  /// Runs a program in the copy; a relative path starts there.
  func run(_ program: String, _ arguments: [String]) async throws -> Result {
    let log = folder.appending(path: ".build/\(UUID().uuidString).log")
    return try await Self.run(
      program.hasPrefix("/") ? program : folder.appending(path: program).path,
      arguments,
      in: folder,
      log: log
    )
  }

  private static func run(_ program: String, _ arguments: [String], in folder: URL, log: URL) async throws -> Result {
    // A file and not a pipe: nobody has to read while it runs.
    try FileManager.default.createDirectory(at: log.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data().write(to: log)
    let output = try FileHandle(forWritingTo: log)
    defer { try? FileManager.default.removeItem(at: log) }  // it lies in the temporary folder
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    let status: Int32 = try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
        do { try process.run() } catch { continuation.resume(throwing: error) }
      }
    } onCancel: {
      process.terminate()
    }
    return Result(status: status, output: String(decoding: try Data(contentsOf: log), as: UTF8.self))
  }
}
