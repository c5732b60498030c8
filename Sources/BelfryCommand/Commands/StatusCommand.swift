// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryDaemon
internal import BelfryTransport
internal import BelfryLedger

/// `belfry status`: what the ledger holds.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show active alerts, what waits, and what became of the deliveries.",
    discussion: "Exit status: 1 when there are dead letters."
  )

  @OptionGroup var file: ConfigurationOption
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let configuration = try file.load()
    let app = try await App.build(configuration)
    let summary = try await app.ledger.summary()
    let dead = try await app.ledger.deadLetters(limit: 10)
    let now = app.time.now()
    try await app.close()
    Output.line(json ? encode(summary) : text(summary, dead, configuration, now))
    if summary.total(.dead) > 0 { throw ExitStatus.badNews }
  }

  private func text(
    _ summary: LedgerSummary,
    _ dead: [DeliveryRecord],
    _ configuration: Configuration,
    _ now: Instant
  ) -> String {
    var lines = ["\(counted(summary.activeAlerts, "active alert"))"]
    if configuration.state == .memory {
      lines.append("the state is in the memory of the running notifier: it is not seen here")
    }
    for (list, count) in summary.waiting.sorted(by: { $0.key < $1.key }) {
      lines.append("waiting in \(list): \(count)")
    }
    for (channel, counts) in summary.deliveries.sorted(by: { $0.key < $1.key }) {
      let parts = DeliveryRecord.Status.allCases.compactMap { status in
        counts[status].map { "\($0) \(status.rawValue)" }
      }
      lines.append("\(channel): \(parts.joined(separator: ", "))")
    }
    if let oldest = summary.oldestPending {
      lines.append("the oldest pending delivery was made \((now - oldest).text) ago")
    }
    for timer in summary.nextTimers { lines.append("next: \(timer.key) \(when(timer.due, now))") }
    for letter in dead {
      let reason = letter.lastReason?.description ?? "no reason recorded"
      lines.append("dead letter: \(letter.delivery.channel) \(letter.delivery.content.subject): \(reason)")
    }
    return lines.joined(separator: "\n")
  }

  private func when(_ due: Instant, _ now: Instant) -> String {
    due > now ? "in \((due - now).text)" : "is due since \((now - due).text)"
  }

  private func encode(_ summary: LedgerSummary) -> String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("active_alerts", summary.activeAlerts)
      writer.key("waiting")
      writer.object { writer in
        for (list, count) in summary.waiting.sorted(by: { $0.key < $1.key }) { writer.member(list, count) }
      }
      writer.key("deliveries")
      writer.object { writer in
        for (channel, counts) in summary.deliveries.sorted(by: { $0.key < $1.key }) {
          writer.key(channel.name)
          writer.object {
            for status in DeliveryRecord.Status.allCases { $0.member(status.rawValue, counts[status] ?? 0) }
          }
        }
      }
      writer.member("oldest_pending", summary.oldestPending?.iso8601)
      writer.key("next_timers")
      writer.array(summary.nextTimers) { writer, timer in
        writer.object {
          $0.member("timer", timer.key.description)
          $0.member("due", timer.due.iso8601)
        }
      }
    }
    return writer.text
  }
}

extension LedgerSummary {
  /// How many deliveries over all channels have this status.
  fileprivate func total(_ status: DeliveryRecord.Status) -> Int {
    deliveries.values.reduce(0) { $0 + ($1[status] ?? 0) }
  }
}
