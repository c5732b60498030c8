// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryEngine
internal import BelfryOperations
internal import BelfryPolicy

/// Options that select alerts, like the `match` of a route.
struct MatchOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("Conditions on labels: team=web, team!=web, 'env=~\"p.*\"' or !~.", valueName: "matcher")
  )
  var matchers: [String] = []
  @Option(name: .customLong("severity"), help: "A severity, or warning+ for that and above; may be repeated.")
  var severities: [String] = []
  @Option(name: .customLong("category"), help: "A category, a glob with *, or a /regex/; may be repeated.")
  var categories: [String] = []
  @Option(name: .customLong("source"), help: "A source's name; may be repeated.")
  var sources: [String] = []
  @Option(
    name: .customLong("label"),
    help: ArgumentHelp("A label and its value, or k!=v for any other value; may be repeated.", valueName: "k=v")
  )
  var labels: [LabelCondition] = []

  /// Reads them as in `channels.json`, with its severities.
  ///
  /// - Throws: `CommandFailure` with every mistake, or if no alert can match.
  func matcher(_ severities: SeverityScale) throws -> Matcher {
    let matcher = try selected(severities).and(try listed())
    if let label = matcher.impossibleLabel {
      throw CommandFailure("No value of the label \(label) can match. Remove one of its conditions.")
    }
    return matcher
  }

  private func listed() throws -> Matcher {
    var all: [AlertmanagerMatcher] = []
    for text in matchers {
      do throws(MatcherSyntaxError) {
        all += try AlertmanagerMatcher.list(text)
      } catch {
        throw CommandFailure("\(text): \(error.text). Write it like team=web, team!=web or 'env=~\"p.*\"'.")
      }
    }
    do throws(PatternError) {
      return try Matcher(all)
    } catch {
      throw CommandFailure("\(error.text) Correct the regular expression.")
    }
  }

  private func selected(_ scale: SeverityScale) throws -> Matcher {
    try TypedSettings.read("match", Matcher.read, scale) { writer in
      writer.object { writer in
        write("severity", severities, &writer)
        write("category", categories, &writer)
        write("source", sources, &writer)
        guard !labels.isEmpty else { return }
        writer.key("labels")
        writer.object { writer in
          for name in Set(labels.map { ExactText($0.name) }).sorted() {
            writer.key(name.text)
            write(labels.filter { $0.name.isExactly(name.text) }, &writer)
          }
        }
      }
    }
  }

  /// Writes label conditions: one of the wanted values, and none of the unwanted.
  private func write(_ conditions: [LabelCondition], _ writer: inout JSONWriter) {
    let wanted = conditions.filter { !$0.isNegated }.map(\.value)
    let unwanted = conditions.filter(\.isNegated).map(\.value)
    guard !unwanted.isEmpty else { return writer.array(wanted) { $0.string($1) } }
    writer.object { writer in
      writer.key("not")
      writer.beginArray()
      if !wanted.isEmpty { writer.object { $0.member("not", wanted) } }
      for value in unwanted { writer.string(value) }
      writer.endArray()
    }
  }

  private func write(_ name: String, _ values: [String], _ writer: inout JSONWriter) {
    if !values.isEmpty { writer.member(name, values) }
  }
}

/// The hours of the day in which a silence applies.
struct HourOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Only during these hours, such as 22:00-07:00.", valueName: "from-to"))
  var between: String?
  @Option(help: "The days on which these hours start, such as mon-fri; may be repeated. (default: every day)")
  var days: [String] = []
  @Option(help: "The time zone of these hours, such as Europe/Paris. (default: local)")
  var timezone: String?

  func validate() throws {
    guard between == nil, !days.isEmpty || timezone != nil else { return }
    throw ValidationError("--days and --timezone need --between, such as --between 22:00-07:00.")
  }

  /// - Throws: `CommandFailure` with every mistake.
  func window() throws -> WallClockWindow? {
    guard let between else { return nil }
    let ends = between.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard ends.count == 2 else {
      throw CommandFailure("--between \(between) is not a range of hours. Write it like 22:00-07:00.")
    }
    let settings = try TypedSettings.read("between", HoursEntry.read) { writer in
      writer.object {
        $0.member("from", ends[0])
        $0.member("to", ends[1])
        if !days.isEmpty { $0.member("days", days) }
        if let timezone { $0.member("timezone", timezone) }
      }
    }
    let span = settings.span.span
    let zone = timezone == nil ? TimeText.localZone : span.zone
    return WallClockWindow(from: span.from, to: span.to, days: span.days.weekdays, zone: zone)
  }
}

/// Reads typed text with the reader of `channels.json`, so that both accept the same.
enum TypedSettings {
  static func read<Value>(
    _ subject: String,
    _ read: (JSONNode, inout Report) -> Value?,
    _ severities: SeverityScale = .standard,
    _ write: (inout JSONWriter) -> Void
  ) throws -> Value {
    var writer = JSONWriter()
    write(&writer)
    let source = SourceText(name: "the command line", bytes: writer.bytes)
    var report = Report(source: source, folder: "")
    report.severities = severities
    let value = JSONTree.parse(source).node.flatMap { read($0, &report) }
    let lines = report.findings.map { finding in
      "--\(finding.path.isEmpty ? subject : option(finding.path)): \(finding.message) \(finding.remedy)"
    }
    guard report.errorCount == 0, let value else { throw CommandFailure(PrintedText(lines: lines)) }
    for line in lines { Output.error("warning: \(line)") }
    return value
  }

  /// The option for a key of `channels.json`: `labels.team` is `label team`.
  private static func option(_ path: String) -> String {
    let name = path.split(separator: "[").first.map(String.init) ?? path
    if name.hasPrefix("labels.") { return "label " + name.dropFirst(7) }
    return ["from", "to"].contains(name) ? "between" : name
  }
}
