// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension Trait where Self == ConditionTrait {
  /// The condition for tests run by `make system-test`: they need installed programs, and take longer than unit tests
  /// may.
  static var systemTest: Self {
    .enabled(if: ProcessInfo.processInfo.environment["BELFRY_SYSTEM_TESTS"] == "1", "run by make system-test")
  }
}

extension Duration {
  /// A limit that only a hang reaches, however busy the machine is.
  static let untilItHangs = Duration.seconds(600)
}

/// Polls until `find` returns a value, for events outside of the tests that send no notification.
///
/// - Throws: ``Overdue`` if there is nothing after this time.
func eventually<Found>(
  _ what: String,
  within limit: Duration = .untilItHangs,
  _ check: () async throws -> Found?
) async throws -> Found {
  let deadline = ContinuousClock.now + limit
  while true {
    if let found = try await check() { return found }
    guard ContinuousClock.now < deadline else { throw Overdue(what: what, limit: limit) }
    try await Task.sleep(for: .milliseconds(50))
  }
}

/// Polls until the condition holds.
///
/// - Throws: ``Overdue`` if it does not after this time.
func eventually(_ what: String, within limit: Duration = .untilItHangs, _ holds: () async throws -> Bool) async throws {
  _ = try await eventually(what, within: limit) { try await holds() ? true : nil }
}

/// An expected event did not happen.
struct Overdue: Error, CustomStringConvertible {
  let what: String
  let limit: Duration
  var description: String { "not within \(limit): \(what)" }
}
