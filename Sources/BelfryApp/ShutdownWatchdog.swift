// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import BelfryPolicy
internal import Dispatch
internal import Foundation

/// Ends the process if it does not stop in time after SIGTERM or SIGINT, whatever hangs in it.
///
/// It needs neither the task pool nor an event loop nor the ledger: it handles signals on its own queue, whose thread
/// belongs to no pool. Accepted events are on disk, so nothing is lost by ending at once; running deliveries are
/// retried after the next start, as after a crash.
struct ShutdownWatchdog {
  let sources: [any DispatchSourceSignal]

  /// How long stopping may take in total; the components are asked to stop, and then cancelled, well before.
  static let limit = Duration.seconds(20)
  /// How long writing the last line may take.
  private static let lastWords = 0.5

  /// Starts to handle the signals; none is missed after it returns.
  ///
  /// - Parameters:
  ///   - limit: How long the process may continue after the first signal.
  ///   - report: Writes the last line; it must not wait for anything.
  /// - Returns: the watchdog, which is active until it is ended.
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

  /// Stops handling the signals.
  func end() {
    for source in sources { source.cancel() }
  }
}
