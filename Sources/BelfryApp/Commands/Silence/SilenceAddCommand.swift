// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryAudit
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryPolicy
internal import BelfryTransport
internal import Foundation

/// `belfry silence add`.
struct SilenceAddCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Silence matching alerts for a time.",
    discussion: """
      Alerts still firing when the silence ends are sent then, unless you pass --forget. While it lasts, alerts that were \
      already sent get no reminders and do not escalate.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @OptionGroup var match: MatchOptions
  @Option(name: .customLong("for"), help: "How long it lasts, such as 2h.") var duration: String?
  @Option(help: "When it ends: 2026-11-25T07:00 (local time), 2026-11-25T07:00:00Z, or 07:00.") var until: String?
  @Option(help: "When it starts. (default: now)") var from: String?
  @OptionGroup var hours: HourOptions
  @Option(help: "Who adds it. (default: $USER)") var author: String?
  @Option(help: "The reason, for the people on call.") var comment: String
  @Flag(help: "When it ends, do not send alerts that are still firing.") var forget = false
  @Flag(help: "Silence all alerts; required if no matcher is given.") var everything = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard (duration == nil) != (until == nil) else { throw ValidationError("Pass either --for or --until.") }
    if let duration, Duration(text: duration).map({ $0 <= .zero }) ?? true {
      throw ValidationError("--for: \"\(duration)\" is not a duration. Write it like 30m, 2h or 7d.")
    }
    if comment.allSatisfy(\.isWhitespace) { throw ValidationError("--comment is empty. Give a reason.") }
  }

  func run() async throws {
    let configuration = try file.load()
    _ = try App.sharedLedger(configuration)
    let silence = try makeSilence(
      at: SystemTime().now(),
      in: TimeText.localZone,
      configuration.rules.severities
    )
    let (done, matches) = try await App.acting(configuration) { app in
      let done = try await app.operations.perform(AddSilence(silence), by: .atTerminal(author))
      return (done, try await SilenceMatches.read(silence.matcher, in: app.ledger))
    }
    Output.answer(done.text(matches, TimeText(now: SystemTime().now())), json: json) { done.encode(matches, into: &$0) }
  }

  /// The requested silence, without its ID.
  func makeSilence(
    at now: Instant,
    in zone: TimeZone,
    _ severities: SeverityScale = .standard
  ) throws -> Silence {
    let matcher = try match.matcher(severities)
    guard !matcher.isCatchAll || everything else {
      throw CommandFailure(
        """
        No matcher given. Pass one such as team=web, or --severity, --category, --source or --label, or --everything to \
        silence all alerts.
        """
      )
    }
    guard matcher.isCatchAll || !everything else {
      throw CommandFailure("--everything silences all alerts. Remove it, or remove \(matcher.text).")
    }
    let begin = try from.map { try moment($0, "--from", now, zone) } ?? now
    let length = duration.flatMap { Duration(text: $0) } ?? .zero
    let end = try until.map { try moment($0, "--until", begin, zone) } ?? begin + length
    let time = TimeText(now: now, zone: zone)
    guard end > now else {
      throw CommandFailure("The end \(time.full(end)) is in the past; it is now \(time.local(now)).")
    }
    guard end > begin else {
      throw CommandFailure("The end \(time.local(end)) is before the start \(time.local(begin)).")
    }
    return Silence(
      id: SilenceID(""),
      matcher: matcher,
      from: begin,
      until: end,
      hours: try hours.window(),
      author: Operator.atTerminal(author).name,
      comment: comment.oneLine,
      sendsAfterwards: !forget
    )
  }

  private func moment(_ text: String, _ option: String, _ now: Instant, _ zone: TimeZone) throws -> Instant {
    guard let moment = Instant(typed: text, at: now, in: zone) else {
      throw CommandFailure("Cannot read \(option) \"\(text)\" as a time. \(Instant.typedForms)")
    }
    return moment
  }
}
