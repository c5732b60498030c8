// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension Trait where Self == ConditionTrait {
  /// What `make system-test` runs: it needs programs that are installed for it, and takes longer than a unit test may.
  static var systemTest: Self {
    .enabled(if: ProcessInfo.processInfo.environment["BELFRY_SYSTEM_TESTS"] == "1", "run by make system-test")
  }
}

/// Looks again and again until this finds something: for what happens outside of the tests and tells nobody.
///
/// - Throws: ``Overdue`` when there is nothing after this time.
func eventually<Found>(
  _ what: String,
  within limit: Duration = .seconds(30),
  _ look: () async throws -> Found?
) async throws -> Found {
  let deadline = ContinuousClock.now + limit
  while true {
    if let found = try await look() { return found }
    guard ContinuousClock.now < deadline else { throw Overdue(what: what, limit: limit) }
    try await Task.sleep(for: .milliseconds(50))
  }
}

/// Looks again and again until it holds.
///
/// - Throws: ``Overdue`` when it does not after this time.
func eventually(_ what: String, within limit: Duration = .seconds(30), _ holds: () async throws -> Bool) async throws {
  _ = try await eventually(what, within: limit) { try await holds() ? true : nil }
}

/// Something that was waited for did not happen.
struct Overdue: Error, CustomStringConvertible {
  let what: String
  let limit: Duration
  var description: String { "not within \(limit): \(what)" }
}
