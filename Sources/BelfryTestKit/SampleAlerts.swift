// SPDX-License-Identifier: Apache-2.0
package import Belfry

extension Alert {
  /// An alert about a disk.
  package static func sample(
    _ id: String,
    _ severity: Severity = .warning,
    _ category: String = "disk",
    source: SourceName = "app",
    labels: Labels = [:],
    title: String? = nil,
    detail: String = ""
  ) -> Alert {
    Alert(
      source: source,
      id: id,
      severity: severity,
      category: category,
      title: title ?? "Trouble with \(id)",
      detail: detail,
      labels: labels
    )
  }
}

extension AlertKey {
  /// The key of a sample alert.
  package static func sample(_ id: String) -> AlertKey { AlertKey(source: "app", id: id) }
}

/// A sample alert that is critical unless stated otherwise.
package func alert(
  _ id: String,
  _ severity: Severity = .critical,
  category: String = "disk",
  title: String = "Trouble"
) -> Alert { .sample(id, severity, category, title: title) }
