// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryConfiguration
package import BelfryTransport

/// Runs a service for one configuration key, and restarts it when that key changes.
package struct RestartOnChange: Sendable {
  private let key: String
  private let live: CurrentValue<Configuration>
  private let time: any TimeSource
  private let console: Console
  private let body: @Sendable (Configuration) async throws -> Void

  private static let pause = Duration.seconds(10)

  /// Makes a runner; `body` runs until it is cancelled or asked to stop.
  package init(
    _ key: String,
    of live: CurrentValue<Configuration>,
    time: any TimeSource,
    console: Console,
    _ body: @escaping @Sendable (Configuration) async throws -> Void
  ) {
    self.key = key
    self.live = live
    self.time = time
    self.console = console
    self.body = body
  }

  /// Returns when `body` does.
  ///
  /// An error from `body` is logged, and `body` is run again: one key's service must not end the others.
  package func run() async throws {
    var configuration = live.current
    while let next = try await run(configuration) { configuration = next }
  }

  /// - Returns: the configuration to continue with; nil to end.
  private func run(_ current: Configuration) async throws -> Configuration? {
    try await withThrowingTaskGroup(of: Configuration?.self) { group in
      group.addTask { await change(from: current) }
      group.addTask {
        do {
          try await body(current)
          return nil
        } catch let error where !(error is CancellationError) {
          console.fail(
            "\(key): \(error) Retrying in \(RestartOnChange.pause.text).",
            .topic(.configuration),
            .text(.subject, key),
            .error(error)
          )
          try await time.sleep(for: RestartOnChange.pause)
          return live.current
        }
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
  }

  private func change(from current: Configuration) async -> Configuration? {
    for await next in live.values where !next.prints.agree(with: current.prints, on: key) { return next }
    return nil
  }
}
