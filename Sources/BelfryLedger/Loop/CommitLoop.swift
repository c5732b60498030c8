// SPDX-License-Identifier: Apache-2.0
package import Dispatch
internal import Synchronization

/// The one writer of a ledger: turn by turn, it performs the requests of all who wait in one transaction, so that they
/// share one sync of the disk.
///
/// Each request runs on its own: one that throws changes nothing and fails alone. If the commit fails, all of them fail
/// and nothing has changed. Callers are resumed after the commit, even if their task was cancelled.
package final class CommitLoop: Sendable {
  private struct Request: Sendable {
    /// The approximate number of rows it is about to write.
    let weight: Int
    /// Does the work, and returns what follows the commit.
    let perform: @Sendable (any LedgerTransaction) throws -> Performed
    let fail: @Sendable (any Error) -> Void
  }

  /// What follows the commit of a request.
  private struct Performed: Sendable {
    let commit: @Sendable () -> Void
    /// Resumes the caller.
    let resume: @Sendable () -> Void
  }

  private struct Waiting {
    var requests: [Request] = []
    /// Whether the participant asked for a turn.
    var isPoked = false
    var isRunning = false
    weak var participant: (any TurnParticipant)?
  }

  /// A turn takes no more requests at this weight, so that nobody waits long behind many others.
  private static let fullWeight = 10_000

  package let store: any LedgerStore
  private let queue: DispatchQueue
  private let waiting = Mutex(Waiting())

  /// Makes a loop that runs on this serial queue.
  package init(_ store: any LedgerStore, on queue: DispatchQueue = DispatchQueue(label: "belfry.engine")) {
    self.store = store
    self.queue = queue
  }

  /// Has `participant` take part in every turn while it exists, in place of an earlier one.
  package func join(_ participant: any TurnParticipant) { waiting.withLock { $0.participant = participant } }

  /// Runs `body` in the transaction of the next turn, and returns after the commit.
  ///
  /// `onCommit` is called with the result on the loop's thread, before the participant's `committed`.
  package func write<Result: Sendable>(
    weight: Int,
    onCommit: @escaping @Sendable (Result) -> Void = { _ in },
    _ body: @escaping @Sendable (any LedgerTransaction) throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      ask { waiting in
        waiting.requests.append(
          Request(
            weight: weight,
            perform: { transaction in
              let result = try body(transaction)
              return Performed(
                commit: { onCommit(result) },
                resume: { continuation.resume(returning: result) }
              )
            },
            fail: { continuation.resume(throwing: $0) }
          )
        )
      }
    }
  }

  /// Asks for a turn in which only the participant has something to do.
  package func poke() { ask { $0.isPoked = true } }

  /// Returns when all requests made before are answered.
  func finish() async { await withCheckedContinuation { continuation in queue.async { continuation.resume() } } }

  private func ask(_ change: (inout Waiting) -> Void) {
    let isFirst = waiting.withLock { waiting in
      change(&waiting)
      defer { waiting.isRunning = true }
      return !waiting.isRunning
    }
    if isFirst { queue.async { self.run() } }
  }

  /// Runs turn after turn until nobody waits.
  private func run() {
    while let (requests, participant) = next() {
      if requests.isEmpty, participant?.wantsTurn != true { continue }
      turn(requests, participant)
      store.giveWay()
    }
  }

  private func next() -> ([Request], (any TurnParticipant)?)? {
    waiting.withLock { waiting in
      guard !waiting.requests.isEmpty || waiting.isPoked else {
        waiting.isRunning = false
        return nil
      }
      waiting.isPoked = false
      var weight = 0
      let end = waiting.requests.firstIndex { request in
        weight += request.weight
        return weight > Self.fullWeight
      }
      let count = max(min(1, waiting.requests.count), end ?? waiting.requests.count)
      defer { waiting.requests.removeFirst(count) }
      return (Array(waiting.requests.prefix(count)), waiting.participant)
    }
  }

  private func turn(_ requests: [Request], _ participant: (any TurnParticipant)?) {
    var succeed: [Performed] = []
    var failed: [(Request, any Error)] = []
    do {
      // A single request can rely on the transaction being undone, which saves the store's copies of what it changes.
      let isAlone = requests.count == 1 && participant?.wantsTurn != true
      try store.transact { transaction in
        // This may be the second run, after a first one that changed nothing.
        succeed = []
        failed = []
        try participant?.begin(transaction)
        for request in requests {
          do {
            let performed =
              isAlone ? try request.perform(transaction) : try transaction.attempt { try request.perform(transaction) }
            succeed.append(performed)
          } catch {
            guard !isAlone, transaction.canGoOn(after: error) else { throw error }
            failed.append((request, error))
          }
        }
        try participant?.end(transaction)
      }
    } catch {
      participant?.rolledBack(because: error)
      for request in requests { request.fail(error) }
      return
    }
    for performed in succeed { performed.commit() }
    participant?.committed()
    for performed in succeed { performed.resume() }
    for (request, error) in failed { request.fail(store.named(error)) }
  }
}
