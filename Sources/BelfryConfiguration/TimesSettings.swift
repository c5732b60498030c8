// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryPolicy

/// The key `times`: hours and days under names, for `quiet` and `only`.
///
/// A name with mistakes is kept, so that it counts as known.
package struct TimesSettings: FieldValue {
  package var entries: [Named] = []
  package var isWhole = true

  /// The hours and days of one name; any of them applies.
  package struct Named: Sendable {
    package var name: String
    package var spans: [CalendarSpan]
    package var offset: Int
  }

  package static let note = "Hours and days, by name, for `quiet` and `only` of routes and channels."
  package static var shape: FieldShape { .named([HoursEntry].shape) }

  package static func read(_ node: JSONNode, _ report: inout Report) -> TimesSettings? {
    var settings = TimesSettings()
    guard let members = node.members else {
      report.error("expected an object of named entries, found \(node.kindName).", at: node.offset)
      settings.isWhole = false
      return settings
    }
    for member in members {
      report.within(member.name) { report in
        let trouble = report.troubleCount
        if !GivenName.isFit(member.name) { GivenName.refuse(member, &report) }
        let entries = [HoursEntry].read(member.node, &report) ?? []
        if entries.isEmpty, report.troubleCount == trouble {
          report.error("the list is empty.", at: member.node.offset, remedy: "Add hours or days, or remove the name.")
        }
        settings.entries.append(Named(name: member.name, spans: entries.map(\.span.span), offset: member.offset))
        settings.isWhole = settings.isWhole && report.troubleCount == trouble
      }
    }
    return settings
  }

  package var names: [String] { entries.map(\.name) }
  package var shown: String { entries.isEmpty ? "none" : names.joined(separator: ", ") }

  private subscript(name: String) -> [CalendarSpan] { entries.first { $0.name.isExactly(name) }?.spans ?? [] }

  /// All spans of an entry of `quiet` or `only`.
  func spans(of entry: HoursSettings.Entry) -> [CalendarSpan] {
    entry.times.isEmpty ? [entry.span.span] : entry.times.flatMap { self[$0.value] }
  }

  /// An entry in words: `nights (22:00 to 07:00 Europe/Paris)`.
  func text(of entry: HoursSettings.Entry) -> String {
    guard !entry.times.isEmpty else { return entry.span.span.text }
    let shown = 3
    return entry.times.map { name in
      let spans = self[name.value].map(\.text)
      let more = spans.count > shown ? " and \(spans.count - shown) more" : ""
      return "\(name.value) (\(spans.prefix(shown).joined(separator: ", "))\(more))"
    }.joined(separator: ", ")
  }
}

/// The checks of names of `times`: unknown ones, and unused ones.
struct TimesChecks {
  private let file: ConfigurationFile
  private let channels: NamedChannels
  private let names: KnownNames

  init(_ file: ConfigurationFile, _ channels: NamedChannels) {
    self.file = file
    self.channels = channels
    names = KnownNames(file.times.names)
  }

  func check(_ report: inout Report) {
    var used: Set<String> = []
    for channel in channels.read.values.sorted(by: { $0.name < $1.name }) {
      report.within("channels") { report in
        report.within(channel.name.name) { report in
          check(channel.common.quiet, "quiet", &used, &report)
          check(channel.common.only, "only", &used, &report)
        }
      }
    }
    for node in file.routes.nodes {
      report.within(node.path) { report in
        check(node.own.quiet, "quiet", &used, &report)
        check(node.own.only, "only", &used, &report)
      }
    }
    let isComplete = file.routes.isWhole && file.times.isWhole && channels.read.count == channels.declared.count
    guard isComplete, report.errorCount == 0 else { return }
    for entry in file.times.entries where !used.contains(entry.name) {
      report.within("times") {
        $0.within(entry.name) {
          $0.warning(
            "no rule uses these times.",
            at: entry.offset,
            remedy: "Use them in \"quiet\" or \"only\", or remove them."
          )
        }
      }
    }
  }

  private func check(_ hours: HoursSettings?, _ key: String, _ used: inout Set<String>, _ report: inout Report) {
    let referred = (hours?.entries ?? []).flatMap(\.times)
    used.formUnion(referred.map(\.value))
    for name in referred where !names.contains(name.value) {
      report.within(key) {
        $0.error(
          "there are no times \"\(name.value)\".",
          at: name.offset,
          remedy: names.isEmpty ? "Add them under \"times\"." : names.remedy(for: name.value)
        )
      }
    }
  }
}
