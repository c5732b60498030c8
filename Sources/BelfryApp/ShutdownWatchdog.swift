// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Dispatch
internal import Foundation

/// Ends the process when it does not stop in time after SIGTERM or SIGINT, whatever hangs in it.
///
/// It needs neither the task pool nor an event loop nor the ledger: the signals come to a queue of its own, whose thread
/// belongs to no pool. What was accepted is on disk, so that nothing is lost by ending at once; what was being delivered is
/// tried again after the next start, as after a crash.
struct ShutdownWatchdog {
  let sources: [any DispatchSourceSignal]

  /// How long stopping may take in all; the parts are asked to stop, and then cancelled, well before.
  static let limit = Duration.seconds(20)
  /// How long the last line may take to be written.
  private static let lastWords = 0.5

  /// Listens for the signals; when it returns, none is missed.
  ///
  /// - Parameters:
  ///   - limit: how long the process may go on after the first signal.
  ///   - report: writes the last line; it must not wait for anything.
  /// - Returns: the watchdog, which listens until it is ended.
  static func begin(
    limit: Duration = ShutdownWatchdog.limit,
    report: @escaping @Sendable () -> Void
  ) async -> ShutdownWatchdog {
    let queue = DispatchQueue(label: "belfry.shutdown")
    let sources = [SIGTERM, SIGINT].map { DispatchSource.makeSignalSource(signal: $0, queue: queue) }
    for source in sources {
      source.setEventHandler {
        queue.asyncAfter(deadline: .now() + limit / .seconds(1)) {
          report()
          Thread.sleep(forTimeInterval: ShutdownWatchdog.lastWords)
          _exit(ExitStatus.overdue.rawValue)
        }
      }
      await withCheckedContinuation { continuation in
        source.setRegistrationHandler { continuation.resume() }
        source.resume()
      }
    }
    return ShutdownWatchdog(sources: sources)
  }

  /// Stops listening.
  func end() {
    for source in sources { source.cancel() }
  }
}
