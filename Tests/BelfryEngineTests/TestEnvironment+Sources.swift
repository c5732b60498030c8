// SPDX-License-Identifier: Apache-2.0
import BelfryConfiguration
import BelfryEngine
import BelfryTestKit

extension TestEnvironment {
  /// Watches of these sources, as `belfry run` starts them.
  func watches(_ sources: [ConfiguredSource]) async throws -> [SourceWatch] {
    let start = Start(configuration: configuration, ledger: ledger, policy: policy, console: console)
    return try await start.watches(sources, at: now)
  }

  func watches(_ sources: [ScriptedSource]) async throws -> [SourceWatch] {
    try await watches(sources.configured(in: configuration))
  }
}
