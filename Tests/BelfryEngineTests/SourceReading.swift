// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryTestKit
import Testing

/// The one source of a `channels.json`, which is named `it`.
func configuredSource(_ text: String, environment: [String: String] = [:]) throws -> ConfiguredSource {
  let json = """
    {"channels": {"log": {"kind": "file", "path": "x"}}, "routes": [{"to": "log"}], "sources": {"it": \(text)}}
    """
  return try #require(Configuration.parse(json, environment: environment).sources.first)
}

extension PollContext {
  /// A context in which no request is answered.
  static func unanswered(at now: Instant) -> PollContext {
    PollContext(at: now) { _ in .failed(TransportFailure(.notConnected, "no connection")) }
  }
}
