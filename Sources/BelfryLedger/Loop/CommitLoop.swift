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

  private enum Phase {
    /// It has no thread.
    case away
    case working
    /// Nobody waits for it; it waits on its thread.
    case resting
  }

  private struct Waiting {
    var requests: [Request] = []
    /// Whether the participant asked for a turn.
    var isPoked = false
    /// Whether it is content to wait for one.
    var isPokedLater = false
    var phase = Phase.away
    /// Whether the loop leaves its thread as soon as there is nothing to do.
    var isLeaving = false
    weak var participant: (any TurnParticipant)?

    /// - Returns: whether it was resting.
    mutating func stopResting() -> Bool {
      guard phase == .resting else { return false }
      phase = .working
      return true
    }
  }

  /// A turn takes no more requests at this weight, so that nobody waits long behind many others.
  private static let fullWeight = 10_000

  /// How long the loop keeps its thread when nobody waits: waking it is several times cheaper than asking for one.
  package static let linger = Duration.milliseconds(20)

  package let store: any LedgerStore
  private let queue: DispatchQueue
  private let linger: Duration
  private let wake = DispatchSemaphore(value: 0)
  private let waiting = Mutex(Waiting())

  /// Makes a loop that runs on this serial queue, and occupies it for `linger` after a turn.
  ///
  /// Where it does not linger, what can wait is not done before somebody asks for a turn.
  package init(
    _ store: any LedgerStore,
    on queue: DispatchQueue = DispatchQueue(label: "belfry.engine"),
    linger: Duration = CommitLoop.linger
  ) {
    self.store = store
    self.queue = queue
    self.linger = linger
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

  /// When a turn is wanted.
  package enum Urgency: Sendable {
    case now
    /// With the next one, and at the latest after ``linger``: it shares that one's sync of the disk.
    case soon
  }

  /// Asks for a turn in which only the participant has something to do.
  package func poke(_ urgency: Urgency = .now) {
    guard urgency == .soon else { return ask { $0.isPoked = true } }
    let phase = waiting.withLock { waiting in
      waiting.isPokedLater = true
      return waiting.phase
    }
    if phase == .away, linger > .zero { ask { $0.isPoked = true } }
  }

  /// Returns when all requests made before are answered.
  func finish() async {
    leave()
    await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
  }

  private func leave() {
    let wasResting = waiting.withLock { waiting in
      waiting.isLeaving = true
      return waiting.stopResting()
    }
    if wasResting { wake.signal() }
  }

  private func ask(_ change: (inout Waiting) -> Void) {
    let phase = waiting.withLock { waiting in
      change(&waiting)
      defer { waiting.phase = .working }
      return waiting.phase
    }
    switch phase {
    case .away: queue.async { self.run() }
    case .working: break
    case .resting: wake.signal()
    }
  }

  /// Runs turn after turn until nobody has waited for some time.
  private func run() {
    while true {
      switch next() {
      case .turn(let requests, let participant):
        if requests.isEmpty, participant?.wantsTurn != true { continue }
        turn(requests, participant)
        store.giveWay()
      case .rest: rest()
      case .end: return
      }
    }
  }

  private enum Next {
    case turn([Request], (any TurnParticipant)?)
    case rest
    case end
  }

  private func next() -> Next {
    waiting.withLock { waiting in
      // Where it rests, what can wait is done before the loop leaves.
      let isWanted = waiting.isPoked || (waiting.isPokedLater && waiting.isLeaving && linger > .zero)
      guard !waiting.requests.isEmpty || isWanted else {
        if linger > .zero, !waiting.isLeaving {
          waiting.phase = .resting
          return .rest
        }
        (waiting.phase, waiting.isLeaving) = (.away, false)
        return .end
      }
      (waiting.isPoked, waiting.isPokedLater) = (false, false)
      var weight = 0
      let end = waiting.requests.firstIndex { request in
        weight += request.weight
        return weight > Self.fullWeight
      }
      let count = max(min(1, waiting.requests.count), end ?? waiting.requests.count)
      defer { waiting.requests.removeFirst(count) }
      return .turn(Array(waiting.requests.prefix(count)), waiting.participant)
    }
  }

  /// Waits on the thread until somebody asks for something; after some time, the loop leaves it.
  private func rest() {
    guard wake.wait(timeout: .now() + linger / .seconds(1)) == .timedOut else { return }
    let isOver = waiting.withLock { waiting in
      waiting.isLeaving = waiting.isLeaving || waiting.phase == .resting
      return waiting.stopResting()
    }
    // Somebody asked just now.
    if !isOver { wake.wait() }
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
