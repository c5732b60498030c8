// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryDaemon
internal import BelfryTransport

/// `belfry test`: a synthetic alert straight to a channel, past dedup, cooldown, burst and digest.
struct TestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Send a test alert straight to the channels, past all throttling.",
    discussion: """
      With --severity it goes where an alert of that severity would, with --channel to that one, with neither to all.
      Exit status: 1 when a channel did not take it.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Option(help: "To the channels of the routes that take this severity.") var severity: String?
  @Option(help: "To this channel.") var channel: String?
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard severity == nil || channel == nil else { throw ValidationError("Give --severity or --channel, not both.") }
  }

  func run() async throws {
    let configuration = try file.load()
    let app = try await App.build(configuration)
    let test = try TestAlert(severity: severity, channel: channel, configuration, at: app.time.now())
    let tester = ChannelTester(
      carrier: app.transport,
      configuration: configuration,
      time: app.time,
      audit: app.audit
    )
    var results: [ChannelTester.Result] = []
    for channel in test.channels { results.append(await tester.test(channel, with: test.alert)) }
    try await app.close()
    for result in results { json ? Output.json(encode(result, test.alert)) : Output.line(PrintedText(text(result))) }
    if results.contains(where: { $0.error != nil }) { throw ExitStatus.badNews }
  }

  private func text(_ result: ChannelTester.Result) -> String {
    "\(result.channel): " + (result.error.map { "failed: \($0)" } ?? "ok")
  }

  private func encode(_ result: ChannelTester.Result, _ alert: Alert) -> String {
    var writer = JSONWriter()
    writer.object {
      $0.member("success", result.error == nil)
      $0.member("severity", alert.severity.name)
      $0.member("channel", result.channel.name)
      $0.member("alert_id", alert.id)
      if let error = result.error { $0.member("error", error.code) }
    }
    return writer.text
  }
}
