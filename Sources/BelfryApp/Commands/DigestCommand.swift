// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger

/// `belfry digest`: what waits in the digests, and sending one now.
struct DigestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "digest",
    abstract: "Show what waits in the digests, or send one now.",
    subcommands: [Show.self, Flush.self]
  )

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what waits in each digest, or in one.")

    @OptionGroup var file: ConfigurationOption
    @Argument(help: "The digest's name.") var name: String?
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
      let configuration = try file.load()
      let app = try await App.build(configuration)
      var digests: [(DigestRule, [AlertRecord])] = []
      for digest in try choose(name, configuration) {
        digests.append((digest, try await app.ledger.waiting(in: .digest(digest.name))))
      }
      try await app.close()
      if json {
        Output.json(encode(digests))
      } else {
        for (digest, records) in digests { Output.text(text(digest, records)) }
      }
    }

    private func text(_ digest: DigestRule, _ records: [AlertRecord]) -> String {
      let channels = digest.to.map(\.name).joined(separator: ", ")
      let title =
        "\(digest.name) → \(channels): \(counted(records.count, "alert")) \(records.count == 1 ? "waits" : "wait")"
      return
        ([title]
        + records.map { record in
          "  \(record.alert.severity) \(record.alert.key) “\(record.alert.title)”\(record.isActive ? "" : " (resolved)")"
        }).printedLines
    }

    private func encode(_ digests: [(DigestRule, [AlertRecord])]) -> String {
      var writer = JSONWriter()
      writer.array(digests) { writer, entry in
        writer.object { writer in
          writer.member("digest", entry.0.name)
          writer.member("channels", entry.0.to.map(\.name))
          writer.key("alerts")
          writer.array(entry.1) { writer, record in
            writer.object {
              $0.member("alert_id", record.alert.id)
              $0.member("source", record.alert.source.name)
              $0.member("severity", record.alert.severity.name)
              $0.member("title", record.alert.title)
              $0.member("active", record.isActive)
            }
          }
        }
      }
      return writer.text
    }
  }

  struct Flush: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send what waits in a digest now; its period begins anew.",
      discussion: "Exit status: 1 when it could not be delivered now. It is kept, and tried again by the notifier."
    )

    @OptionGroup var file: ConfigurationOption
    @Argument(help: "The digest's name; all of them when left out.") var name: String?

    func run() async throws {
      let configuration = try file.load()
      let app = try await App.build(configuration)
      let timers = try choose(name, configuration).map { TimerKey.list(.digest($0.name)) }
      let terms = LeaseTerms(count: 64, duration: Dispatcher.lease)
      let fired = try await app.ledger.fire(only: timers, policy: app.policy, lease: terms)
      await app.dispatcher.hand(fired.leased)
      await app.dispatcher.finishLeased()
      let counts = app.tally.counts
      try await app.close()
      if fired.decisions.isEmpty { Output.line("nothing waits: nothing was sent") }
      if counts.retried + counts.dead > 0 { throw ExitStatus.badNews }
    }
  }
}

/// The digests that a name means: that one, or all without a name.
private func choose(_ name: String?, _ configuration: Configuration) throws -> [DigestRule] {
  let all = configuration.rules.digests
  guard let name else { return all }
  guard let digest = configuration.rules.digest(name) else {
    let remedy = Nearest.remedy(for: name, among: all.map(\.name))
    throw CommandFailure("There is no digest \"\(name)\". \(remedy)")
  }
  return [digest]
}
