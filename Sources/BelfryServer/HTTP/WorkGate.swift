// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Limits how many costly requests run at once, so that processors are left for pushes and deliveries.
final class WorkGate: Sendable {
  private let limit: Int
  private let count = Mutex(0)

  init(limit: Int = 4) { self.limit = limit }

  /// Does the work, unless the limit is reached.
  func run<Outcome>(_ work: () async throws -> Outcome) async throws -> Outcome {
    let hasRoom = count.withLock { count in
      guard count < limit else { return false }
      count += 1
      return true
    }
    guard hasRoom else {
      throw Refusal(.unavailable, "Too many such requests in progress.", retryAfter: 1)
    }
    defer { count.withLock { $0 -= 1 } }
    return try await work()
  }
}
