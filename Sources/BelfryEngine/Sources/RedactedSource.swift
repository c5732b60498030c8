// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A source with secrets masked in all its output: a program or a server may repeat the secrets it was given.
package struct RedactedSource: AlertSource {
  private let source: any AlertSource
  private let redaction: Redaction

  package init(_ source: any AlertSource, _ redaction: Redaction) {
    self.source = source
    self.redaction = redaction
  }

  package var name: SourceName { source.name }

  package func observe(since memory: SourceMemory?, at now: Instant) async -> Observation {
    let observation = await source.observe(since: memory, at: now)
    return redaction.isEmpty ? observation : observation.redacted(by: redaction)
  }
}

extension Observation {
  fileprivate func redacted(by redaction: Redaction) -> Observation {
    var observation = self
    switch outcome {
    case .unchanged: break
    case .failed(let reason): observation.outcome = .failed(redaction.masked(reason))
    case .partial(let alerts, let reason):
      observation.outcome = .partial(alerts.map { $0.redacted(by: redaction) }, redaction.masked(reason))
    case .alerts(var snapshot):
      snapshot.alerts = snapshot.alerts.map { $0.redacted(by: redaction) }
      snapshot.findings = snapshot.findings.map { $0.redacted(by: redaction) }
      observation.outcome = .alerts(snapshot)
    }
    return observation
  }
}

extension Alert {
  fileprivate func redacted(by redaction: Redaction) -> Alert {
    var alert = redaction.masked(self, at: \.id, \.category, \.title, \.detail, \.panel)
    // A link with a mask in it does not work.
    if redaction.masked(link) != link { alert.link = "" }
    alert.labels = redaction.masked(labels)
    return alert
  }
}

extension Finding {
  fileprivate func redacted(by redaction: Redaction) -> Finding {
    redaction.masked(self, at: \.file, \.path, \.message, \.remedy)
  }
}

extension Redaction {
  /// The value with secrets masked in these texts.
  fileprivate func masked<Value>(_ value: Value, at texts: WritableKeyPath<Value, String>...) -> Value {
    texts.reduce(into: value) { value, text in value[keyPath: text] = masked(value[keyPath: text]) }
  }
}
