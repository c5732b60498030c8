// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryAudit
internal import BelfryEngine
internal import BelfryPolicy

/// Sends what waits in digests now; their periods begin again.
package struct FlushDigest: Action {
  /// Nil for all digests.
  private let digest: String?

  package init(_ digest: String?) { self.digest = digest }

  package var name: ActionName { .flushDigest }
  package var subject: String { digest ?? "all" }

  package func perform(in operations: Operations, by actor: Operator) async throws -> FlushedDigest {
    let digests = try DigestReport.rules(named: digest, in: operations.configuration)
    let effects = try await operations.engine.fire(digests.map { .list(.digest($0.name)) })
    return FlushedDigest(subject: subject, effects: effects)
  }
}

/// Digests that were sent.
package struct FlushedDigest: ActionOutcome {
  package let subject: String
  package let effects: Effects
}
