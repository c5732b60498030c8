// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

/// A silence as submitted by the cockpit's form.
struct SilenceForm: Sendable {
  private let form: Query
  private let severities: SeverityScale

  /// The selectable durations: in seconds, and as shown in the form.
  static let durations = [
    (1800, "30 minutes"), (3600, "1 hour"), (14_400, "4 hours"), (86_400, "1 day"), (604_800, "1 week"),
  ]

  init(_ form: Query, _ severities: SeverityScale) {
    self.form = form
    self.severities = severities
  }

  func silence(by author: String, at now: Instant) throws(Refusal) -> Silence {
    guard let seconds = Int(field("for")), SilenceForm.durations.contains(where: { $0.0 == seconds }) else {
      throw Refusal(.badRequest, "Choose one of the durations in the form.")
    }
    return Silence(
      id: SilenceID(""),
      matcher: try matcher,
      from: now,
      until: now + .seconds(seconds),
      author: author,
      comment: field("comment").truncated(to: 300)
    )
  }

  private var matcher: Matcher {
    get throws(Refusal) {
      var matcher = Matcher()
      if !field("source").isEmpty { matcher.source = SilenceForm.exactly(field("source")) }
      if !field("category").isEmpty { matcher.category = SilenceForm.exactly(field("category")) }
      if !field("severity").isEmpty { matcher.severity = SeveritySelector([severities.severity(field("severity"))]) }
      if !field("label").isEmpty {
        matcher.labels = try labels
      }
      guard !matcher.isCatchAll else {
        throw Refusal(.badRequest, "This would silence everything. Enter a source, category, severity or label.")
      }
      return matcher
    }
  }

  private var labels: [Matcher.LabelMatcher] {
    get throws(Refusal) {
      do throws(Refusal) {
        return try Matcher(reading: form.matchers("label")).labels
      } catch {
        throw Refusal(.badRequest, "Write the label as name=value, such as team=web.")
      }
    }
  }

  static func exactly(_ text: String) -> Patterns { Patterns([.exact(ExactText(text))]) }

  private func field(_ name: String) -> String { (form.all(name).last ?? "").oneLine }
}
