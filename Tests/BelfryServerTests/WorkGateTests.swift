// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import BelfryServer

@Suite("The gate for costly requests")
struct WorkGateTests {
  @Test("admits up to the limit, and more when one has ended, however it ended")
  func places() async throws {
    struct Failure: Error {}
    let gate = WorkGate(limit: 1)
    let inner = try await gate.run { await #expect(throws: Refusal.self) { try await gate.run {} } }
    #expect(inner?.status == .unavailable && inner?.retryAfter == 1)
    await #expect(throws: Failure.self) { try await gate.run { throw Failure() } }
    try await gate.run {}
  }
}
