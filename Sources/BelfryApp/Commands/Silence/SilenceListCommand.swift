// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryTransport

/// `belfry silence list`.
struct SilenceListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the silences that are in force or to come, with what each holds back."
  )

  @OptionGroup var file: ConfigurationOption
  @Flag(help: "Those that are over as well.") var all = false
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let configuration = try file.load()
    var silences: [Silence] = []
    var waiting: [ExactText: Int] = [:]
    if let ledger = try await App.openExisting(configuration) {
      silences = try await ledger.silences(includingOver: all)
      waiting = try await ledger.summary().waiting
      try await ledger.close()
    }
    let time = TimeText(now: SystemTime().now())
    Output.text(
      json ? SilenceListCommand.encode(silences, waiting) : SilenceListCommand.text(silences, waiting, time),
      isJSON: json
    )
  }

  static func text(_ silences: [Silence], _ waiting: [ExactText: Int], _ time: TimeText) -> String {
    guard !silences.isEmpty else { return "nothing is silenced" }
    return silences.map { silence in
      let count = waiting[ListKey.silence(silence.id).description] ?? 0
      let forget = silence.tellsAfterwards ? "" : "; nothing is told afterwards"
      return silence.line(time) + (count > 0 ? "; holds back \(counted(count, "alert"))" : "") + forget
    }.printedLines
  }

  private static func encode(_ silences: [Silence], _ waiting: [ExactText: Int]) -> String {
    var writer = JSONWriter()
    writer.array(silences) { writer, silence in
      silence.encodeShown(holds: waiting[ListKey.silence(silence.id).description] ?? 0, into: &writer)
    }
    return writer.text
  }
}
