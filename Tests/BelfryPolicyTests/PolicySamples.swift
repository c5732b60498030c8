// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy

extension Event {
  static func fired(
    _ id: String,
    _ severity: Severity = .warning,
    _ category: String = "disk",
    from source: SourceName = "app",
    labels: Labels = [:],
    title: String = "T"
  ) -> Event { .fired(.test(id, severity, category, from: source, labels: labels, title: title)) }

  static func ended(_ id: String, from source: SourceName = "app") -> Event {
    .resolved(AlertKey(source: source, id: id))
  }
}

extension Alert {
  static func test(
    _ id: String,
    _ severity: Severity = .warning,
    _ category: String = "disk",
    from source: SourceName = "app",
    labels: Labels = [:],
    title: String = "T"
  ) -> Alert {
    Alert(source: source, id: id, severity: severity, category: category, title: title, labels: labels)
  }
}

extension Duration {
  static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
  static func hours(_ count: Int) -> Duration { .seconds(count * 3600) }
}

extension Severity {
  static let odd = Severity("odd")
}
