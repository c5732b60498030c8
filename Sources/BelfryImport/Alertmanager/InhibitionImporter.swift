// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

/// Converts `inhibit_rules`.
enum InhibitionImporter {
  static func read(_ entries: [YAMLEntry], _ report: inout ImportReport) -> [ImportedValue] {
    entries.compactMap { entry in
      guard var section = YAMLSection(entry, &report) else { return nil }
      let name = section.text("name", &report) ?? ""
      let when = MatcherImporter.read(&section, prefix: "source_", &report)
      let mute = MatcherImporter.read(&section, prefix: "target_", &report)
      let shared = section.take("equal")
      let equal = shared?.texts(&report) ?? []
      if let shared { FieldNames.change(equal, of: shared, &report) }
      section.finish(&report)
      guard let when, let mute else { return nil }
      guard when.matcher.impossibleLabel == nil, mute.matcher.impossibleLabel == nil else {
        report.change(section.path, line: section.line, "no alert can match this rule: it is left out.")
        return nil
      }
      if !excludeEachOther(when.list, mute.list) {
        report.change(
          section.path,
          line: section.line,
          "an alert that matches the source side as well as the target side is never muted by this rule.",
          remedy: "Check whether an alert of yours matches both."
        )
      }
      var rule: [ImportedValue.Member] = [
        .init("when", MatcherImporter.value(when.list) ?? .object([])),
        .init("mute", MatcherImporter.value(mute.list) ?? .object([])),
      ]
      if !equal.isEmpty { rule.append(.init("equal", .texts(equal))) }
      if !name.isEmpty { rule.append(.init("note", .text(name))) }
      return .object(rule)
    }
  }

  /// Whether no alert can match both: one side wants a value of a label that the other side does not take.
  private static func excludeEachOther(_ left: [AlertmanagerMatcher], _ right: [AlertmanagerMatcher]) -> Bool {
    excludes(left, right) || excludes(right, left)
  }

  private static func excludes(_ exact: [AlertmanagerMatcher], _ others: [AlertmanagerMatcher]) -> Bool {
    exact.contains { wanted in
      guard wanted.isEqual, !wanted.isRegex else { return false }
      return others.contains { other in
        guard other.name == wanted.name else { return false }
        var memo = MatchMemo()
        do throws(PatternError) {
          return try !other.patterns().matches(wanted.value.text, memo: &memo)
        } catch {
          return false
        }
      }
    }
  }
}
