// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryTransport

/// `belfry audit verify`: whether the audit log is unchanged, and whether every alert is accounted for.
struct AuditVerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check the audit log, and that every alert is accounted for.",
    discussion: """
      First the audit log: no row of it was changed, taken out, moved or added since it was written, in none of its files.
      Then the alerts: each was told, waits, is muted, was dropped by a rule, or lies among the dead letters.
      It goes through the ledger and believes nothing that it does not find: every message that is said to have told \
      someone, every list in which an alert is said to wait, and what ends the waiting.
      Exit status: 1 when a row is not as it was written, or an alert is not accounted for, or something was due minutes \
      ago and nobody did it.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Option(help: "A line that `belfry audit anchor` printed: the log must still hold that row. May be repeated.")
  var anchor: [String] = []
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    for text in anchor where ChainEnd(text: text) == nil {
      throw ValidationError("--anchor \(text.debugDescription) is not a line that `belfry audit anchor` prints.")
    }
  }

  func run() async throws {
    let configuration = try file.load()
    let ledger = try await App.openExisting(configuration)
    let anchors = anchor.compactMap(ChainEnd.init(text:))
    var trail = try await AuditTrail.read(configuration.audit.path, beside: ledger, anchors: anchors)
    // A ledger in memory cannot be missing.
    if configuration.state == .memory { trail.loss = nil }
    if !json, let text = trail.text { Output.text(text) }
    let law = try await law(ledger)
    // Last: the reads before may have found some.
    let damage = try await ledger?.damage().map(\.text).sorted() ?? []
    try await ledger?.close()
    if json {
      Output.json(AuditVerifyCommand.encode(law ?? LawCheck(), trail, damage))
    } else {
      if !damage.isEmpty { Output.text(damage.map { "ledger: damaged: \($0)" }.printedLines) }
      Output.text(law.map { AuditVerifyCommand.text($0) } ?? App.noLedger(configuration))
    }
    if !trail.isGood || law?.isGood == false || !damage.isEmpty { throw ExitStatus.badNews }
  }

  /// - Returns: nil if there is no ledger yet.
  private func law(_ ledger: (any Ledger)?) async throws -> LawCheck? {
    guard let ledger else { return nil }
    let check = try await AuditVerifyCommand.check(ledger, at: SystemTime().now())
    return check
  }

  /// Checks all alerts, a page at a time.
  static func check(_ ledger: any Ledger, page: Int = 2000, at now: Instant) async throws -> LawCheck {
    var check = LawCheck()
    // Also reads deliveries that no alert names any more, so that damage to them is found.
    try await ledger.recount()
    check.take(try await ledger.channelHealth(), at: now)
    var last: AlertKey?
    while true {
      let facts = try await ledger.facts(after: last, limit: page)
      guard let next = facts.alerts.last?.key else { return check }
      check.take(facts)
      last = next
    }
  }

  static func text(_ check: LawCheck) -> String {
    let names: [(LawStanding, String)] = [
      (.told, "told"), (.waiting, "waiting"), (.muted, "muted"), (.dead, "among the dead letters"),
      (.dropped, "dropped by a rule"),
    ]
    let parts = names.compactMap { standing, name in check.counts[standing].map { "\($0) \(name)" } }
    let counts = parts.isEmpty ? "" : ": " + parts.joined(separator: ", ")
    guard !check.isGood else {
      return check.active == 0 ? "no alert is active" : "\(counted(check.active, "alert")) accounted for\(counts)"
    }
    let stuck = check.stuck.sorted { $0.key < $1.key }.map { channel, due in
      "channel \(channel): a delivery waits until \(due.iso8601), later than anything is tried"
    }
    let lines = stuck + check.offenders.flatMap { offender in offender.faults.map { "\(offender.alert): \($0)" } }
    let summary = "\(counted(check.offenders.count, "alert")) not accounted for"
    let advice = "ask `belfry why` about each, and see that those are told who must know"
    return (lines + ["\(summary), of \(check.active) active\(counts)", advice]).printedLines
  }

  static func encode(_ check: LawCheck, _ trail: AuditTrail, _ damage: [String] = []) -> String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("good", check.isGood && trail.isGood && damage.isEmpty)
      writer.member("active", check.active)
      writer.member("damage", damage)
      writer.key("standings")
      writer.object { writer in
        for standing in LawStanding.allCases { writer.member(standing.rawValue, check.counts[standing] ?? 0) }
      }
      writer.member("stuck_channels", check.stuck.keys.sorted().map(\.name))
      writer.key("offenders")
      writer.array(check.offenders) { writer, offender in
        writer.object {
          $0.member("alert_id", offender.alert.id)
          $0.member("source", offender.alert.source.name)
          $0.member("faults", offender.faults)
        }
      }
      writer.key("audit")
      trail.encode(into: &writer)
    }
    return writer.text
  }
}
