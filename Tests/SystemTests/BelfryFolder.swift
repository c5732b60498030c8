// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation

/// A test's own folder in which `belfry` runs, removed with the last reference to it.
final class BelfryFolder: Sendable {
  private let folder: TemporaryFolder
  var url: URL { folder.url }

  /// Creates a folder with these files.
  init(_ files: [String: String] = [:]) throws {
    folder = try TemporaryFolder(files)
  }

  /// Replaces a file as a whole, so that a running `belfry` never reads half of it.
  func write(_ text: String, to path: String) throws {
    let file = url.appending(path: path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: file, atomically: true, encoding: .utf8)
  }

  /// The content of a file; empty if it does not exist.
  func bytes(of path: String) -> [UInt8] {
    FileManager.default.contents(atPath: url.appending(path: path).path).map { [UInt8]($0) } ?? []
  }

  /// The size of a file; 0 if it does not exist.
  func size(of path: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: url.appending(path: path).path)
    return attributes?[.size] as? Int ?? 0
  }

  func start(_ arguments: String..., environment: [String: String] = [:]) throws -> BelfryProcess {
    try BelfryProcess(arguments: arguments, in: url, environment: environment)
  }

  func run(
    _ arguments: String...,
    environment: [String: String] = [:],
    within limit: Duration = .untilItHangs
  ) async throws -> BelfryProcess.Result {
    try await BelfryProcess.run(arguments, in: url, environment: environment, within: limit)
  }
}
