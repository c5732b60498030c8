// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryAudit
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryTransport

/// `belfry audit verify`: whether the audit log is unchanged, and whether every alert is accounted for.
struct AuditVerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check the audit log, and check that every alert is accounted for.",
    discussion: """
      First the audit log: no row in any of its files was changed, removed, moved or added after it was written.
      Then the alerts: each was sent, is waiting, is muted, was dropped by a rule, or is a dead letter.
      Nothing is taken on trust: the ledger must contain every message that counts as sent, every hold that an alert \
      waits in, and what ends that hold.
      Exit status: 1 if a row was changed, an alert is not accounted for, or something that was due minutes ago has not \
      been done.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Option(help: "A line printed by `belfry audit anchor`; the log must still contain that row. May be repeated.")
  var anchor: [String] = []
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    for text in anchor where ChainEnd(text: text) == nil {
      throw ValidationError("--anchor \(text.debugDescription) is not a line that `belfry audit anchor` prints.")
    }
  }

  func run() async throws {
    let configuration = try file.load()
    // The ledger of another process is not in reach, but its audit log is.
    let isInMemory = configuration.state == .memory
    let ledger = isInMemory ? nil : try await App.openExisting(configuration)
    let anchors = anchor.compactMap(ChainEnd.init(text:))
    var trail = try await AuditTrail.read(configuration.audit.path, beside: ledger, anchors: anchors)
    if isInMemory { trail.loss = nil }
    if !json, let text = trail.text { Output.text(text) }
    let law = try await law(ledger)
    // Last: the reads before may have found some.
    let damage = try await ledger?.damage().map(\.text).sorted() ?? []
    try await ledger?.close()
    if json {
      Output.json(AuditVerifyCommand.encode(law ?? AccountingAudit(), trail, damage))
    } else {
      if !damage.isEmpty { Output.text(damage.map { "ledger: damaged: \($0)" }.printedLines) }
      let unchecked = isInMemory ? AuditVerifyCommand.unchecked : App.noLedger(configuration)
      Output.text(law.map { AuditVerifyCommand.text($0) } ?? unchecked)
    }
    if !trail.isGood || law?.isGood == false || !damage.isEmpty { throw ExitStatus.badNews }
  }

  private static let unchecked = """
    The alerts are not checked: "state" is "memory", so they are in the memory of the running notifier.
    """

  /// - Returns: nil if there is no ledger to check.
  private func law(_ ledger: (any Ledger)?) async throws -> AccountingAudit? {
    guard let ledger else { return nil }
    let check = try await AuditVerifyCommand.check(ledger, at: SystemTime().now())
    return check
  }

  /// Checks all alerts, a page at a time.
  static func check(_ ledger: any DeliveryQueue & History, page: Int = 2000, at now: Instant) async throws
    -> AccountingAudit
  {
    var check = AccountingAudit()
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

  static func text(_ check: AccountingAudit) -> String {
    let names: [(AlertStatus, String)] = [
      (.notified, "sent"), (.waiting, "waiting"), (.muted, "muted"), (.dead, "undeliverable"),
      (.dropped, "dropped by a rule"),
    ]
    let parts = names.compactMap { standing, name in check.counts[standing].map { "\($0) \(name)" } }
    let counts = parts.isEmpty ? "" : ": " + parts.joined(separator: ", ")
    guard !check.isGood else {
      return check.active == 0 ? "no active alerts" : "\(counted(check.active, "alert")) accounted for\(counts)"
    }
    let stuck = check.stuck.sorted { $0.key < $1.key }.map { channel, due in
      "channel \(channel): a delivery waits until \(due.iso8601), longer than any retry"
    }
    let lines = stuck + check.offenders.flatMap { offender in offender.faults.map { "\(offender.alert): \($0)" } }
    let summary = "\(counted(check.offenders.count, "alert")) not accounted for"
    let advice = "run `belfry why` for each, and notify the right people yourself"
    return (lines + ["\(summary), of \(check.active) active\(counts)", advice]).printedLines
  }

  static func encode(_ check: AccountingAudit, _ trail: AuditTrail, _ damage: [String] = []) -> String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("good", check.isGood && trail.isGood && damage.isEmpty)
      writer.member("active", check.active)
      writer.member("damage", damage)
      writer.key("standings")
      writer.object { writer in
        for standing in AlertStatus.allCases { writer.member(standing.rawValue, check.counts[standing] ?? 0) }
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
