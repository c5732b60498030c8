// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryTransport
internal import ServiceLifecycle

/// Notifies the service manager that the notifier is ready, is alive while its components are healthy, and is stopping.
///
/// If the notifier hangs, it sends no sign of life, and the service manager restarts it.
package struct ServiceSigns: Sendable {
  private let watchdog: Duration?
  private let vitals: Vitals
  private let time: any TimeSource
  private let console: Console
  private let say: @Sendable ([String]) -> String?

  /// Makes signs; `watchdog` is how long the service manager waits for one (nil if it does not).
  ///
  /// `say` sends it lines such as `READY=1`, and returns the reason if that fails.
  package init(
    watchdog: Duration?,
    vitals: Vitals,
    time: any TimeSource,
    console: Console,
    say: @escaping @Sendable ([String]) -> String?
  ) {
    self.watchdog = watchdog
    self.vitals = vitals
    self.time = time
    self.console = console
    self.say = say
  }

  /// Sends signs until the notifier is asked to stop.
  package func run() async {
    await cancelWhenGracefulShutdown {
      notify(["READY=1", "STATUS=watching"])
      var isWell = true
      while !Task.isCancelled {
        // Half the time, as sd_watchdog_enabled(3) advises.
        do { try await time.sleep(for: watchdog.map { $0 / 2 } ?? Vitals.patience) } catch { break }
        let ailing = vitals.ailing(at: time.elapsed()).map(\.rawValue).joined(separator: " and the ")
        if ailing.isEmpty != isWell {
          notify([
            ailing.isEmpty ? "STATUS=watching" : "STATUS=the \(ailing) made no progress for \(Vitals.patience.text)"
          ])
        }
        isWell = ailing.isEmpty
        if isWell, watchdog != nil { notify(["WATCHDOG=1"]) }
      }
      notify(["STOPPING=1", "STATUS=finishing work in progress"])
    }
  }

  private func notify(_ states: [String]) {
    guard let trouble = say(states) else { return }
    console.warn(
      "the service manager could not be notified (\(states[0])): \(trouble)",
      .topic(.program),
      .text(.error, trouble)
    )
  }
}
