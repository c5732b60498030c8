// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import Testing

/// The settings of the one source of a `channels.json`, which is named `it`.
func sourceSettings(_ text: String, environment: [String: String] = [:]) throws -> SourceSettings {
  let json = """
    {"channels": {"log": {"kind": "file", "path": "x"}}, "routes": [{"to": "log"}], "sources": {"it": \(text)}}
    """
  return try #require(Rig.read(json, environment: environment).sources.first)
}

extension Observation {
  /// The alerts in the observation, sorted by ID; nil for another result.
  var alerts: [Alert]? {
    switch outcome {
    case .alerts(let snapshot): snapshot.alerts.sorted { $0.id < $1.id }
    case .partial, .unchanged, .failed: nil
    }
  }

  /// The reason why the source was unreadable; nil if it was readable.
  var failure: String? {
    if case .failed(let reason) = outcome { reason } else { nil }
  }

  var isUnchanged: Bool { if case .unchanged = outcome { true } else { false } }
}
