// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

/// The matchers of a route, and what they mean together.
struct ImportedMatchers {
  let list: [AlertmanagerMatcher]
  let matcher: Matcher
}

/// Converts `matchers` and the older `match` and `match_re` of routes and inhibition rules.
enum MatcherImporter {
  /// Takes the three keys of a section, in an inhibition rule with the prefix `source_` or `target_`; nil, with findings,
  /// if one of the matchers cannot be used.
  static func read(
    _ section: inout YAMLSection,
    prefix: String = "",
    _ report: inout ImportReport
  ) -> ImportedMatchers? {
    var isUsable = true
    var matchers: [AlertmanagerMatcher] = []
    if let entry = section.take("\(prefix)matchers") {
      for text in entry.texts(&report) ?? [] {
        do throws(MatcherSyntaxError) {
          matchers += try AlertmanagerMatcher.list(text)
        } catch {
          isUsable = false
          report.lose(
            entry.path,
            line: entry.line,
            "\(error.text): \(text)",
            remedy: "Correct the matcher; Alertmanager refuses it too."
          )
        }
      }
    }
    for (key, isRegex) in [("\(prefix)match", false), ("\(prefix)match_re", true)] {
      guard let entry = section.take(key) else { continue }
      matchers += entry.namedTexts(&report).map {
        AlertmanagerMatcher(name: $0.name, value: $0.text, isRegex: isRegex)
      }
    }
    for matcher in matchers {
      do throws(PatternError) {
        _ = try matcher.patterns()
      } catch {
        isUsable = false
        report.lose(
          section.path,
          line: section.line,
          "the expression of \(matcher.text) cannot be used: \(error.text)",
          remedy: "Write a smaller expression, or several matchers."
        )
      }
    }
    guard isUsable else { return nil }
    do throws(PatternError) {
      return ImportedMatchers(list: matchers, matcher: try Matcher(matchers))
    } catch {
      report.lose(section.path, line: section.line, error.text, remedy: "Write a smaller expression.")
      return nil
    }
  }

  /// The value of `match`: a list in Alertmanager's own grammar; nil if it matches every alert.
  static func value(_ matchers: [AlertmanagerMatcher]) -> ImportedValue? {
    matchers.isEmpty ? nil : .list(matchers.map { .text($0.text) })
  }
}

/// Names of labels that mean a field of the alert where Belfry compares alerts.
enum FieldNames {
  /// Reports them; `severity` means the same as the label.
  static func change(_ labels: [String], of entry: YAMLEntry, _ report: inout ImportReport) {
    for name in ["category", "source"] where labels.contains(name) {
      report.change(
        entry.path,
        line: entry.line,
        "`\(name)` is the \(name) of an alert here, not the label of that name.",
        remedy: "Rename the label in the rules of Prometheus if the difference matters."
      )
    }
  }
}
