// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
internal import BelfryEngine
package import BelfryLedger
internal import BelfryPolicy

/// A message that could not be delivered, with the information to fix that.
package struct DeadLetter: Sendable {
  package let record: DeliveryRecord
  /// Nil for a channel removed from the file.
  package let channel: ConfiguredChannel?
  package var attempts: [FailedAttempt] = []

  package init(_ record: DeliveryRecord, _ configuration: Configuration) {
    self.record = record
    channel = configuration.channels[record.delivery.channel]
  }

  /// The displayed end of the ID: it is random, and so distinguishes dead letters.
  private var shortID: String { String(record.delivery.id.text.suffix(8)) }
  private var recipient: String { channel.map { $0.redaction.masked($0.channel.recipient) } ?? "" }
  private var outcome: String { record.lastReason?.outcome?.rawValue ?? "unknown" }
  private var answer: String { record.lastReason?.clause ?? "no reason recorded" }
  private var target: String {
    recipient.isEmpty ? "\(record.delivery.channel)" : "\(record.delivery.channel) to \(recipient)"
  }

  /// The dead letter in one line: its ID, age, missed recipients, subject and reason.
  package func line(_ time: TimeText) -> String {
    let since = time.relative(record.settledAt ?? record.createdAt)
    return "\(shortID) \(since): \(target): \(record.delivery.content.subject): \(outcome): \(answer)"
  }

  package func lines(_ time: TimeText) -> [String] {
    let delivery = record.delivery
    let failed = delivery.forwardings.map(\.words)
    let tries = attempts.map { "attempt \($0.number) \(time.full($0.at)): \($0.reason.clause)" }
    return [
      "dead letter \(delivery.id)", "subject:   \(delivery.content.subject)", "to:        \(target)",
      "reason:    \(delivery.reason)" + (delivery.route.isEmpty ? "" : " (\(delivery.route))"),
      "created:   \(time.full(record.createdAt))", "given up:  \(time.full(record.settledAt ?? record.createdAt))",
      "class:     \(outcome)", "error:     \(answer)",
    ] + failed + tries + ["what to do: \(advice)"]
  }

  /// What the operator can do, by the class of the last outcome.
  private var advice: String {
    let name = record.delivery.channel
    let again = "belfry dead retry \(shortID)"
    let away = "or discard it: belfry dead drop \(shortID)"
    guard channel != nil else { return "add the channel \(name) to channels.json again, then run: \(again); \(away)" }
    return switch record.lastReason?.outcome {
    case .target:
      "correct the recipient\(recipient.isEmpty ? "" : " \(recipient)") in channels.json, then run: \(again); \(away)"
    case .payload:
      "the service refuses even the plain-text form: notify the person another way, and report a bug; \(away)"
    case .operator:
      "fix the login, permission or certificate; run: belfry test --channel \(name), then: \(again); \(away)"
    case .ambiguous: "it may have arrived: check the channel first, then run: \(again); \(away)"
    case .retry, .partial, nil:
      "check that the service works; run: belfry test --channel \(name), then: \(again); \(away)"
    }
  }

  package func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("delivery_id", record.delivery.id.text)
      writer.member("channel", record.delivery.channel.name)
      writer.member("recipient", recipient.isEmpty ? nil : recipient)
      writer.member("about", record.delivery.content.subject)
      writer.member("severity", record.delivery.severity.name)
      writer.member("class", outcome)
      writer.member("error", record.lastReason?.code)
      writer.member("answer", record.lastReason?.text)
      writer.member("made_at", record.createdAt.iso8601)
      writer.member("given_up_at", record.settledAt?.iso8601)
      writer.member("attempts", record.attempts)
      writer.member("what_to_do", advice)
    }
  }
}

extension DeadLetter {
  /// Reads the dead letter that an id means, with its attempts.
  ///
  /// - Throws: `OperationRefusal` when no dead letter has the id, or several have.
  package static func read(
    _ id: String,
    from ledger: any DeliveryQueue & History,
    _ configuration: Configuration
  ) async throws -> DeadLetter {
    var letter = DeadLetter(try record(id, among: try await ledger.deadLetters(limit: .max)), configuration)
    letter.attempts = try await ledger.attempts(at: letter.record.delivery.id)
    return letter
  }

  /// The dead letter that an id means, or an end of it that no other has.
  ///
  /// - Throws: `OperationRefusal` when no dead letter has it, or several have.
  static func record(_ id: String, among dead: [DeliveryRecord]) throws -> DeliveryRecord {
    let found = dead.filter { !id.isEmpty && $0.delivery.id.text.hasSuffix(id.lowercased()) }
    guard found.count < 2 else {
      throw OperationRefusal(.ambiguous, "\(found.count) dead letters end in \(id). Pass more of the id.")
    }
    guard let letter = found.first else {
      throw OperationRefusal(.unknown, "There is no dead letter \(id). `belfry dead list` lists them.")
    }
    return letter
  }
}
