// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

@Suite("The notifier of a ledger's file, and guests")
struct RoleTests {
  private let folder: TemporaryFolder
  private let time = VirtualTime(startingAt: TestEnvironment.start)

  init() throws { folder = try TemporaryFolder() }

  private func open(as role: ProcessRole) async throws -> SQLiteLedger {
    try await SQLiteLedger.open(path: folder.path("belfry.db"), as: role, now: { [time] in time.now() })
  }

  private func take(_ alerts: String..., by ledger: SQLiteLedger, lease: LeaseTerms? = .minute) async throws -> Ingested
  {
    try await ledger.ingest(alerts.map { .fired(.sample($0)) }, policy: ScriptedPolicy(), lease: lease)
  }

  @Test("make what the last notifier had leased due at once, at its old place, and count its attempt")
  func endsLeases() async throws {
    let first = try await open(as: .notifier)
    let leased = try await take("a", "b", by: first).leased
    time.advance(by: .seconds(1))
    _ = try await take("c", by: first, lease: nil)
    try await first.close()

    let second = try await open(as: .notifier)
    let again = try await second.claim(.minute, channels: nil)
    #expect(again.flatMap(\.alerts) == ["a", "b", "c"])
    #expect(again.map(\.attempt) == [2, 2, 1])
    #expect(again.map(\.memory.isInDoubt) == [true, true, false])
    let late = Settlement(id: leased[0].delivery.id, token: leased[0].token, result: .delivered(Receipt()))
    #expect(try await second.settle([late]) == [false])
    try await second.close()
  }

  @Test("also end a lease that followed an expired one")
  func endsLaterLeases() async throws {
    let first = try await open(as: .notifier)
    _ = try await take("a", by: first)
    for attempt in 2...4 {
      time.advance(by: .seconds(60))
      #expect(try await first.claim(.minute, channels: nil).map(\.attempt) == [attempt])
    }
    try await first.close()

    let second = try await open(as: .notifier)
    #expect(try await second.nextDelivery(channels: nil) == TestEnvironment.start)
    try await second.close()
  }

  @Test("leave retries waiting")
  func keepsRetries() async throws {
    let first = try await open(as: .notifier)
    let leased = try #require(try await take("a", by: first).leased.first)
    let at = time.now() + .seconds(300)
    let retry = Settlement(
      id: leased.delivery.id,
      token: leased.token,
      result: .retry(at: at, because: .init("no", "no"))
    )
    #expect(try await first.settle([retry]) == [true])
    try await first.close()

    let second = try await open(as: .notifier)
    #expect(try await second.nextDelivery(channels: nil) == at)
    try await second.close()
  }

  @Test("refuse a second notifier with the process ID of the first, but not guests")
  func refusesTheSecond() async throws {
    let first = try await open(as: .notifier)
    let error = await #expect(throws: LedgerError.self) { _ = try await open(as: .notifier) }
    #expect(error?.code == .inUse)
    #expect(error?.message.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
    let guest = try await open(as: .guest)
    #expect(try await take("a", by: guest).leased.count == 1)
    try await guest.close()
    try await first.close()
    try await open(as: .notifier).close()
  }

  @Test("leave to a guest what it is sending")
  func leavesGuestsAlone() async throws {
    let guest = try await open(as: .guest)
    let leased = try #require(try await take("a", by: guest).leased.first)
    let notifier = try await open(as: .notifier)
    #expect(try await notifier.nextDelivery(channels: nil) == leased.leasedUntil)
    let settled = Settlement(id: leased.delivery.id, token: leased.token, result: .delivered(Receipt()))
    #expect(try await guest.settle([settled]) == [true])
    try await guest.close()
    try await notifier.close()
  }
}
