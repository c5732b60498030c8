// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Belfry
import Foundation

/// `BelfrySimulation long-run`: a year of alerts in one file, or an hour of a million.
struct LongRunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "long-run",
    abstract: "Simulate a notifier for a long time, and check that its ledger stays bounded.",
    discussion: """
      By default, a year of 10,000 alerts a day. Exits with 1 if an alert is not accounted for, if the audit log does not \
      agree, or if a row is left after everything is over.

      An hour of a million alerts: --days 0 --hours 1 --alerts-a-day 24000000
      """
  )

  @Option(help: "How many days alerts fire.")
  var days = 365

  @Option(help: "How many hours more alerts fire.")
  var hours = 0

  @Option(help: "How many alerts fire, are sent and end each day; a multiple of 100.")
  var alertsADay = 10_000

  @Option(help: "How many alerts fire at the beginning and stay active.")
  var active = 0

  @Option(help: "How many days history is kept.")
  var keep = 90

  @Option(help: "How many old months of the audit log are kept, or days if less than 60 days are simulated.")
  var auditFiles = 3

  @Option(help: "Lose something on purpose; the run must then fail: \(LongRunLoss.allCases.map(\.rawValue)).")
  var lose: LongRunLoss?

  @Option(help: "Leave the ledger, the audit log and a channels.json that belongs to them in this folder.")
  var folder: String?

  func run() async throws {
    var load = LongRunLoad()
    load.length = .seconds(days * 86_400 + hours * 3600)
    load.alertsPerDay = alertsADay
    load.active = active
    load.keep = .seconds(keep * 86_400)
    load.auditFiles = auditFiles
    // A file that stays is read with the clock of today.
    if folder != nil { load.start = Instant(seconds: Int64(Date.now.timeIntervalSince1970) - 27 * 3600) - load.length }
    let path = folder ?? NSTemporaryDirectory() + "/belfry-long-run-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    say("\(load.text)\n\(LongRunReport.heading)")
    let faults = try await LongRun.run(load, in: path, isEmptied: folder == nil, losing: lose) { say($0.line) }
    if folder == nil { try FileManager.default.removeItem(atPath: path) }
    for fault in faults { say(fault.description) }
    say(faults.isEmpty ? "passed" : "FAILED")
    if !faults.isEmpty { throw ExitCode.failure }
  }
}

extension LongRunLoss: ExpressibleByArgument {}
