// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension Observation {
  /// What a text of alerts gave; `hash` is its content's, where a text that has not changed need not be read again.
  ///
  /// A text in which nothing could be read, such as a proxy's page of apology, is not an empty list: the source could not be
  /// read. One that is damaged, but holds alerts, is taken as far as it goes.
  init(of snapshot: AlertSnapshot, content hash: UInt64? = nil) {
    if !snapshot.isComplete, snapshot.alerts.isEmpty {
      let finding = snapshot.findings.first { $0.level == .error } ?? snapshot.findings.first
      self.init(.failed(finding.map { "\($0.file):\($0.line): \($0.message)" } ?? "it gave no list of alerts"))
    } else {
      // What was not whole proves nothing, and the next one is to be read again.
      self.init(.alerts(snapshot), memory: snapshot.isComplete ? hash.map { .content($0) } : nil)
    }
  }
}
