// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
internal import Synchronization

/// A source that reports what a test sets.
package final class ScriptedSource: AlertSource {
  package struct Settings: SourceSettings {
    package static let fields: [Field<Self>] = []
    package init() {}
  }

  package static let kind: SourceKind = "scripted"
  package let name: SourceName
  private let next = Mutex<Observation>(.unchanged)

  package init(_ name: SourceName) { self.name = name }
  package convenience init(name: SourceName, settings: Settings) { self.init(name) }

  /// The source as if it were in a `channels.json`.
  package var configured: ConfiguredSource { ConfiguredSource(name: name, source: self) }

  /// Reports these alerts as its own from now on.
  package func say(_ alerts: [Alert], isComplete: Bool = true) {
    let alerts = alerts.map { alert in
      var alert = alert
      alert.source = name
      return alert
    }
    say(Observation(.alerts(AlertSnapshot(alerts: alerts, isComplete: isComplete))))
  }

  package func say(_ observation: Observation) { next.withLock { $0 = observation } }

  /// Cannot be read from now on.
  package func fail(_ reason: String) { say(.failed(reason)) }

  package func poll(_ context: PollContext) async -> Observation { next.withLock { $0 } }
}

extension [ScriptedSource] {
  /// The sources with the keys that those of the same name have in the file.
  package func configured(in configuration: Configuration) -> [ConfiguredSource] {
    map { source in
      let written = configuration.sources.first { $0.name == source.name }
      return ConfiguredSource(name: source.name, source: source, common: written?.common ?? CommonSourceSettings())
    }
  }
}
