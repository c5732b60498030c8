// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryTransport
internal import Foundation

/// `belfry silence add`.
struct SilenceAddCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Silence the alerts that match.",
    discussion: """
      What still fires when the silence ends is told then, unless you say --forget. Alerts that were told already are \
      not told again meanwhile, and do not escalate.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @OptionGroup var match: MatchOptions
  @Option(name: .customLong("for"), help: "For how long, such as 2h.") var duration: String?
  @Option(help: "Until when: 2026-11-25T07:00 by the local clock, 2026-11-25T07:00:00Z, or 07:00.") var until: String?
  @Option(help: "From when on. (default: now)") var from: String?
  @OptionGroup var hours: HourOptions
  @Option(help: "Who wants it. (default: $USER)") var author: String?
  @Option(help: "Why: whoever is on call next will want to know.") var comment: String
  @Flag(help: "Do not tell afterwards what still fires.") var forget = false
  @Flag(help: "Silence all alerts: needed when nothing says which.") var everything = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard (duration == nil) != (until == nil) else { throw ValidationError("Give --for or --until, one of them.") }
    if let duration, Duration(text: duration).map({ $0 <= .zero }) ?? true {
      throw ValidationError("--for \(duration) is no time; write it like 30m, 2h or 7d.")
    }
    if comment.allSatisfy(\.isWhitespace) { throw ValidationError("--comment is empty: say why.") }
  }

  func run() async throws {
    let configuration = try file.load()
    _ = try App.sharedLedger(configuration)
    let silence = try makeSilence(at: SystemTime().now(), in: TimeText.localZone)
    let (done, matches) = try await App.acting(configuration) { app in
      let done = try await app.operations.perform(AddSilence(silence), by: .atTerminal(author))
      return (done, try await SilenceMatches.read(silence.matcher, in: app.ledger))
    }
    Output.answer(done.text(matches, TimeText(now: SystemTime().now())), json: json) { done.encode(matches, into: &$0) }
  }

  /// The requested silence, without its ID.
  func makeSilence(at now: Instant, in zone: TimeZone) throws -> Silence {
    let matcher = try match.matcher()
    guard !matcher.isCatchAll || everything else {
      throw CommandFailure(
        "Nothing says which alerts are meant. Give --severity, --category, --source or --label; or --everything."
      )
    }
    guard matcher.isCatchAll || !everything else {
      throw CommandFailure("--everything silences all alerts: leave it out, or leave \(matcher.text) out.")
    }
    let begin = try from.map { try moment($0, "--from", now, zone) } ?? now
    let length = duration.flatMap { Duration(text: $0) } ?? .zero
    let end = try until.map { try moment($0, "--until", begin, zone) } ?? begin + length
    let time = TimeText(now: now, zone: zone)
    guard end > now else {
      throw CommandFailure("It would be over: \(time.full(end)) is past, it is now \(time.local(now)).")
    }
    guard end > begin else {
      throw CommandFailure("It would end, \(time.local(end)), before it begins, \(time.local(begin)).")
    }
    return Silence(
      id: SilenceID(""),
      matcher: matcher,
      from: begin,
      until: end,
      hours: try hours.window(),
      author: Operator.atTerminal(author).name,
      comment: comment.oneLine,
      tellsAfterwards: !forget
    )
  }

  private func moment(_ text: String, _ option: String, _ now: Instant, _ zone: TimeZone) throws -> Instant {
    guard let moment = Instant(typed: text, at: now, in: zone) else {
      throw CommandFailure("\(option) \(text) is no moment. \(Instant.typedForms)")
    }
    return moment
  }
}
