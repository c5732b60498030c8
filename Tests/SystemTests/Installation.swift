// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation

/// A temporary folder with a `channels.json`, and the `belfry` that runs in it.
///
/// It is removed when it is no longer used.
final class Installation: Sendable {
  private let temporary: TemporaryFolder
  var folder: URL { temporary.url }
  private let environment: [String: String]

  /// Writes `channels.json`; the values of its `${NAME}` are in the environment of everything that runs here.
  init(_ channels: String, environment: [String: String] = [:]) throws {
    temporary = try TemporaryFolder(["channels.json": channels])
    self.environment = environment
  }

  func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: folder.appending(path: path), options: .atomic)
  }

  /// The lines of a file; empty if it does not exist yet.
  func lines(of path: String) throws -> [String] {
    let file = folder.appending(path: path)
    guard FileManager.default.fileExists(atPath: file.path) else { return [] }
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  func start(_ arguments: String..., environment more: [String: String] = [:]) throws -> BelfryProcess {
    try BelfryProcess(arguments: arguments, in: folder, environment: environment.merging(more) { $1 })
  }

  func run(_ arguments: String..., environment more: [String: String] = [:]) async throws -> BelfryProcess.Result {
    try await BelfryProcess.run(arguments, in: folder, environment: environment.merging(more) { $1 })
  }

  /// The output of `belfry audit --json`.
  func audit() async throws -> [AuditedAttempt] {
    let rows = try await run("audit", "--json").answer.split(separator: "\n")
    return try rows.filter { $0.contains(#""seam":"notification.dispatched""#) }
      .map { try JSONDecoder().decode(AuditedAttempt.self, from: Data($0.utf8)) }
  }

  /// The output of `belfry status --json`, and its exit status.
  func status() async throws -> (status: LedgerStatus, exit: Int32) {
    let result = try await run("status", "--json")
    return (try JSONDecoder().decode(LedgerStatus.self, from: Data(result.answer.utf8)), result.status)
  }

  /// The files that contain this text.
  func files(containing text: String) throws -> [String] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    return try paths.filter { path in
      let file = folder.appending(path: path)
      guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { return false }
      return try Data(contentsOf: file).range(of: Data(text.utf8)) != nil
    }
  }
}

/// A row of the audit log.
struct AuditedAttempt: Decodable {
  struct Details: Decodable {
    let channel: String
    let alertID: String
    let status: String
    let error: String?

    enum CodingKeys: String, CodingKey {
      case channel
      case alertID = "alert_id"
      case status
      case error
    }
  }

  let emittedAt: String
  let details: Details

  enum CodingKeys: String, CodingKey {
    case emittedAt = "emitted_at"
    case details
  }

  /// `ok`, or the error's code.
  var outcome: String { details.error ?? details.status }
}

/// The content of the ledger.
struct LedgerStatus: Decodable {
  struct Deliveries: Decodable, Equatable {
    var pending = 0
    var delivered = 0
    var dead = 0
  }

  let deliveries: [String: Deliveries]
}
