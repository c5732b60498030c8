// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Bounds how many requests of a costly kind are worked on at once, so that they leave processors to pushes and deliveries.
final class WorkGate: Sendable {
  private let limit: Int
  private let count = Mutex(0)

  init(limit: Int = 4) { self.limit = limit }

  /// Does the work, unless as much as may be is under way.
  func run<Outcome>(_ work: () async throws -> Outcome) async throws -> Outcome {
    let hasRoom = count.withLock { count in
      guard count < limit else { return false }
      count += 1
      return true
    }
    guard hasRoom else {
      throw Refusal(.unavailable, "As many such requests as may be are under way.", retryAfter: 1)
    }
    defer { count.withLock { $0 -= 1 } }
    return try await work()
  }
}
