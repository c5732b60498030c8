// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension Observation {
  /// The observation for a text of alerts; `hash` is its content's, so that an unchanged text need not be parsed again.
  ///
  /// A text in which nothing was readable, such as a proxy's error page, is not an empty list: the source counts as
  /// unreadable. A damaged text with alerts is used as far as possible.
  init(of snapshot: AlertSnapshot, content hash: UInt64? = nil) {
    if !snapshot.isComplete, snapshot.alerts.isEmpty {
      let finding = snapshot.findings.first { $0.level == .error } ?? snapshot.findings.first
      self.init(.failed(finding.map { "\($0.file):\($0.line): \($0.message)" } ?? "it returned no list of alerts"))
    } else {
      // An incomplete text proves nothing, and the next one must be read again.
      self.init(.alerts(snapshot), memory: snapshot.isComplete ? hash.map { .content($0) } : nil)
    }
  }
}
