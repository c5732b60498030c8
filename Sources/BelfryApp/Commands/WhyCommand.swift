// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryTransport

/// `belfry why`: what became of an alert, why, and what happens next.
struct WhyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Say what became of an alert, by which rules, and what happens next.",
    discussion: """
      The first line says how it stands. Below stand every decision about it with the line of channels.json that made it, \
      every attempt to deliver it, and what is to come.
      Exit status: 1 when it was never seen, when nobody could be told of it, or when a part of what the ledger holds \
      about it cannot be read.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Argument(help: "The alert's id, or source/id.") var alert: String
  @Option(help: "How many of the latest decisions are shown.") var last = 20
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard (1...1_000_000).contains(last) else { throw ValidationError("--last is a number from 1 on.") }
  }

  func run() async throws {
    let configuration = try await file.loadOrLast()
    guard let ledger = try await App.openExisting(configuration) else {
      Output.text(json ? encode([], near: [], at: SystemTime().now()) : App.noLedger(configuration), isJSON: json)
      throw ExitStatus.badNews
    }
    let finder = AlertFinder(ledger: ledger, configuration: configuration)
    var stories: [AlertStory] = []
    for record in try await finder.alerts(alert) {
      stories.append(
        try await AlertStory.read(
          record,
          from: ledger,
          configuration: configuration,
          last: last,
          log: configuration.audit.path
        )
      )
    }
    let near = stories.isEmpty ? try await finder.near(alert) : []
    let damage = WhyCommand.damage(try await ledger.damage(), to: stories, alert)
    try await ledger.close()
    if json {
      Output.json(encode(stories, near: near, at: SystemTime().now()))
    } else {
      Output.text(text(stories, near: near, TimeText(now: SystemTime().now()), configuration.notes))
      if !damage.isEmpty { Output.text(damage.map { "DAMAGED: \($0.text)" }.printedLines) }
    }
    if stories.isEmpty || !damage.isEmpty || stories.contains(where: \.isBadNews) { throw ExitStatus.badNews }
  }

  /// The damage to the rows of these alerts, and what is lost without a name, which may be about any.
  private static func damage(_ all: Set<Damage>, to stories: [AlertStory], _ alert: String) -> [Damage] {
    let names = stories.flatMap { [$0.key.description] + $0.deliveries.keys.map(\.text) } + [alert]
    return all.filter { [.rows, .file].contains($0.kind) || names.contains($0.name) }.sorted { $0.text < $1.text }
  }

  private func text(_ stories: [AlertStory], near: [AlertKey], _ time: TimeText, _ notes: RuleNotes) -> String {
    guard !stories.isEmpty else { return WhyCommand.unknown(alert, near) }
    return stories.map { $0.lines(time, notes).printedLines }.joined(separator: "\n\n")
  }

  /// What to say of an id that nobody knows.
  static func unknown(_ alert: String, _ near: [AlertKey]) -> String {
    var lines = ["no alert \(alert) was ever seen: no source of this channels.json held one of that id"]
    lines += near.map { "did you mean \($0)?" }
    lines.append("what would become of such an alert: belfry explain --severity … --category … --label …")
    return lines.printedLines
  }

  private func encode(_ stories: [AlertStory], near: [AlertKey], at now: Instant) -> String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("alerts")
      writer.array(stories) { $1.encode(into: &$0, at: now) }
      writer.member("near", near.map(\.description))
    }
    return writer.text
  }
}

extension AlertStory {
  /// Whether someone should have been told and cannot be.
  var isBadNews: Bool { standing == .lost || record.isActive && !latest(.dead).isEmpty }
}
