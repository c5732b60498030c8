// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryTransport
internal import ServiceLifecycle
internal import Synchronization

/// Appends rows to the audit log, in order, behind the deliveries and never in their way.
///
/// Rows wait in memory while the file cannot be written, say on a full disk; beyond `capacity` the oldest give way and are counted.
package final class AuditLog: Sendable {
  private struct State {
    var waiting: [AuditRow] = []
    var lost = 0
    var trouble: String?
  }

  private let file: ConfinedPath
  private let carrier: any Carrying
  private let time: any TimeSource
  private let console: Console
  private let state = Mutex(State())
  private let signal = Signal()
  private let stopping = Flag()

  /// How many rows wait at most: some tens of megabytes.
  private static let capacity = 100_000
  private static let batch = 2_000

  package init(file: ConfinedPath, carrier: any Carrying, time: any TimeSource, console: Console) {
    self.file = file
    self.carrier = carrier
    self.time = time
    self.console = console
  }

  /// Takes rows and returns at once.
  package func append(_ rows: [AuditRow]) {
    guard !rows.isEmpty else { return }
    state.withLock { state in
      state.waiting += rows
      let excess = state.waiting.count - AuditLog.capacity
      guard excess > 0 else { return }
      state.waiting.removeFirst(excess)
      state.lost += excess
    }
    signal.raise()
  }

  /// Writes rows as they come, until it is told to stop; then writes what is left.
  package func run() async {
    await withGracefulShutdownHandler {
      while !stopping.isRaised && !Task.isCancelled {
        let isWritten = await flush()
        await signal.wait(atMost: isWritten ? .seconds(60) : .seconds(2), on: time)
      }
    } onGracefulShutdown: {
      self.stopping.raise()
      self.signal.raise()
    }
    _ = await flush()
  }

  /// Writes everything that waits.
  ///
  /// - Returns: whether it is all in the file.
  @discardableResult
  package func flush() async -> Bool {
    while true {
      let rows = state.withLock { Array($0.waiting.prefix(AuditLog.batch)) }
      guard !rows.isEmpty else { return true }
      var writer = JSONWriter()
      for row in rows { row.encode(into: &writer) }
      let reply = await carrier.carryOut(.append(FileAppend(file: file, bytes: writer.bytes)))
      guard case .appended = reply else {
        report(reply)
        return false
      }
      wrote(rows.count)
    }
  }

  private func wrote(_ count: Int) {
    let recovered = state.withLock { state -> Int? in
      // Only `flush` removes from the front, but rows that gave way meanwhile are gone already.
      state.waiting.removeFirst(min(count, state.waiting.count))
      guard state.trouble != nil else { return nil }
      state.trouble = nil
      defer { state.lost = 0 }
      return state.lost
    }
    guard let recovered else { return }
    console.say("audit log: can be written again" + (recovered > 0 ? "; \(recovered) rows were lost" : ""))
  }

  private func report(_ reply: Reply) {
    let reason: String = if case .failed(let failure) = reply { failure.message } else { "no answer" }
    let isNew = state.withLock { state in
      defer { state.trouble = reason }
      return state.trouble != reason
    }
    if isNew { console.say("audit log: \(file) cannot be written: \(reason); rows wait in memory, deliveries go on") }
  }
}
