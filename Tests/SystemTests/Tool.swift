// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation

/// A program that a test runs to its end.
enum Tool {
  struct Result {
    let status: Int32
    /// The output on both streams.
    let output: String
  }

  /// It ended with a nonzero status.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Runs it; the program is searched for on the PATH if its name contains no slash.
  ///
  /// - Returns: Its output.
  /// - Throws: ``Failure`` if it fails.
  @discardableResult
  static func output(_ command: [String], in folder: URL) async throws -> String {
    let result = try await run(command, in: folder)
    guard result.status == 0 else {
      throw Failure(description: "\(command.joined(separator: " ")) ended with \(result.status):\n\(result.output)")
    }
    return result.output
  }

  /// Runs it, whatever its exit status.
  static func run(_ command: [String], in folder: URL) async throws -> Result {
    // A file instead of a pipe: nobody has to read while it runs.
    let temporary = try TemporaryFolder(["output": ""])
    let output = try FileHandle(forWritingTo: temporary.url.appending(path: "output"))
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
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
    return Result(status: status, output: try temporary.text("output"))
  }
}
