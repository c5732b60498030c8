// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Dispatch
import Synchronization
import Testing
@testable import BelfryLedger

@Suite("The ledger's loop", .endsIfItHangs)
struct CommitLoopTests {
  private let ledger: SQLiteLedger

  init() async throws { ledger = try await SQLiteLedger.inMemory(now: { TestEnvironment.start }) }

  /// Takes part in every turn and counts them.
  private final class Participant: TurnParticipant {
    private let turns = Mutex(0)
    private let isWanted = Atomic(false)
    private let ended = AsyncStream<Int>.makeStream()

    var count: Int { turns.withLock { $0 } }
    var wantsTurn: Bool { isWanted.load(ordering: .acquiring) }

    func want() { isWanted.store(true, ordering: .releasing) }

    func begin(_ transaction: any LedgerTransaction) {}
    func end(_ transaction: any LedgerTransaction) {}
    func rolledBack(because error: any Error) {}

    func committed() {
      isWanted.store(false, ordering: .releasing)
      ended.continuation.yield(
        turns.withLock { turns in
          turns += 1
          return turns
        }
      )
    }

    /// Waits for the end of that turn.
    func turn(_ number: Int) async {
      for await turn in ended.stream where turn >= number { return }
    }
  }

  private func makeLoop(
    lingering linger: Duration,
    on queue: DispatchQueue = DispatchQueue(label: "loop")
  ) -> (CommitLoop, Participant) {
    let loop = CommitLoop(ledger.loop.store, on: queue, linger: linger)
    let participant = Participant()
    loop.join(participant)
    return (loop, participant)
  }

  @Test("lets what can wait share the next request's turn")
  func waits() async throws {
    let (loop, participant) = makeLoop(lingering: .seconds(600))
    for round in 1...100 {
      try await loop.write(weight: 1) { _ in }
      participant.want()
      loop.poke(.soon)
      try await loop.write(weight: 1) { _ in }
      #expect(participant.count == 2 * round && !participant.wantsTurn)
    }
    await loop.finish()
  }

  @Test("does what can wait after a rest if nobody asks for anything")
  func rests() async throws {
    let (loop, participant) = makeLoop(lingering: .milliseconds(1))
    try await loop.write(weight: 1) { _ in }
    participant.want()
    loop.poke(.soon)
    await participant.turn(2)
    #expect(!participant.wantsTurn)
    await loop.finish()
  }

  @Test("does what can wait also if it is asked at the very end of its rest")
  func meetsEndOfRest() async throws {
    let (loop, participant) = makeLoop(lingering: .microseconds(20))
    // The end comes somewhere in the first fifth of a millisecond.
    for number in 1...8_000 {
      let moment = ContinuousClock.now + .nanoseconds(number * 7_919 % 200_000)
      while ContinuousClock.now < moment {}
      participant.want()
      loop.poke(.soon)
      await participant.turn(number)
    }
    await loop.finish()
  }

  @Test("does at once what cannot wait, however long it would rest", arguments: [Duration.zero, .seconds(600)])
  func hurries(linger: Duration) async throws {
    let (loop, participant) = makeLoop(lingering: linger)
    for number in 1...3 {
      participant.want()
      loop.poke()
      await participant.turn(number)
    }
    await loop.finish()
  }

  @Test("does what can wait only with somebody's request where it does not rest")
  func neverRests() async throws {
    let queue = DispatchQueue(label: "loop")
    let (loop, participant) = makeLoop(lingering: .zero, on: queue)
    participant.want()
    loop.poke(.soon)
    // A turn that was asked for comes first.
    await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
    #expect(participant.wantsTurn)
    try await loop.write(weight: 1) { _ in }
    #expect(participant.count == 1 && !participant.wantsTurn)
    await loop.finish()
  }

  @Test("finishes while it rests, after what can wait, and works again for whom it is asked by next")
  func finishes() async throws {
    let (loop, participant) = makeLoop(lingering: .seconds(600))
    for round in 1...3 {
      try await loop.write(weight: 1) { _ in }
      participant.want()
      loop.poke(.soon)
      await loop.finish()
      #expect(participant.count == 2 * round)
    }
  }
}
