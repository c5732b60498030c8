// SPDX-License-Identifier: Apache-2.0
import BelfryTesting
import Foundation

/// When to kill a run.
enum Moment {
  /// This long after its start.
  case after(Duration)
  /// As soon as this percentage of the remaining notices has arrived, usually before the ledger knows.
  case arrived(percent: Int)
  /// As soon as it has logged this percentage of the remaining notices as sent.
  case sent(percent: Int)

  /// A very early one, ten in between, and a very late one.
  static func sequence(using random: inout SeededGenerator) -> [Moment] {
    func moment(_ range: ClosedRange<Int>) -> Moment { .after(.milliseconds(Int.random(in: range, using: &random))) }
    var moments = (0..<4).map { _ in moment(20...600) }
    moments += (0..<2).map { _ in .sent(percent: Int.random(in: 1...99, using: &random)) }
    moments += (0..<4).map { _ in .arrived(percent: Int.random(in: 0...80, using: &random)) }
    moments.shuffle(using: &random)
    return [moment(0...20)] + moments + [.sent(percent: 100)]
  }
}

/// A folder with one channel, in which `belfry run` is killed and restarted while alerts are added.
struct KilledRun {
  /// The most deliveries in flight: running attempts, and as many whose results are being recorded.
  static let inFlight = 2 * 8

  private let count: Int
  private let folder: BelfryFolder
  private let environment = ["TOKEN": "xoxb-1"]
  private let arrived: @Sendable (BelfryFolder) -> Int

  /// Creates the folder; `arrived` returns approximately how many notices there are so far.
  init(alerts count: Int, channel: String, arrived: @escaping @Sendable (BelfryFolder) -> Int) throws {
    self.count = count
    self.arrived = arrived
    folder = try BelfryFolder([
      "channels.json": """
      {
        "channels": { "out": \(channel) },
        "routes": [{ "to": "out" }],
        "cooldown": "0s",
        "sources": { "alerts": { "kind": "file", "path": "alerts.json" } },
        "interval": "1s"
      }
      """
    ])
  }

  var alerts: Set<String> { Set((0..<count).map { "a\($0)" }) }

  /// The notices in the channel's file so far.
  var notices: Notices { Notices(lines: folder.bytes(of: "out.jsonl")) }

  /// The number of lines in the audit log that are not JSON.
  var tornAuditRows: Int {
    let lines = folder.bytes(of: "var/audit.jsonl").split(separator: UInt8(ascii: "\n"))
    return lines.count { (try? JSONSerialization.jsonObject(with: Data($0))) == nil }
  }

  /// The output of `belfry audit verify`.
  func verifyAudit() async throws -> String {
    try await folder.run("audit", "verify", "--json", environment: environment).answer
  }

  /// The number of delivered deliveries in the ledger.
  var delivered: Int {
    get async throws {
      let status = try await folder.run("status", "--json", environment: environment)
      let summary = try JSONDecoder().decode(Status.self, from: Data(status.answer.utf8))
      return summary.deliveries["out"]?["delivered"] ?? 0
    }
  }

  private struct Status: Decodable {
    let deliveries: [String: [String: Int]]
  }

  /// Starts it and kills it at each of these moments.
  ///
  /// Half of the alerts exist at first, and some more are added at each start, so that there is always something to
  /// send. After each kill `inspect` is called.
  func kill(at moments: [Moment], inspect: () async throws -> Void = {}) async throws {
    for (index, moment) in moments.enumerated() {
      let active = count / 2 + (count - count / 2) * (index + 1) / moments.count
      try write(active)
      try await kill(at: moment, left: active - delivered)
      try await inspect()
    }
  }

  /// Runs it once to its end.
  func finish() async throws -> BelfryProcess.Result {
    try await folder.run("run", "--once", environment: environment)
  }

  private func kill(at moment: Moment, left: Int) async throws {
    let before = arrived(folder)
    let belfry = try folder.start("run", environment: environment)
    switch moment {
    case .after(let wait): try await Task.sleep(for: wait)
    case .sent(let percent): try await belfry.line(containing: "sent ", number: max(1, left * percent / 100))
    case .arrived(let percent):
      let limit = ContinuousClock.now + .seconds(2)
      let enough = before + max(1, left * percent / 100)
      while arrived(folder) < enough, ContinuousClock.now < limit { await Task.yield() }
    }
    belfry.kill()
    try await belfry.exit()
  }

  private func write(_ count: Int) throws {
    // A kilobyte each, so that a batch has many pages for a kill to fall between.
    let detail = String(repeating: "d", count: 1_000)
    let objects = (0..<count).map { #"{ "id": "a\#($0)", "title": "Alert a\#($0).", "detail": "\#(detail)" }"# }
    try folder.write("[" + objects.joined(separator: ",\n") + "]", to: "alerts.json")
  }
}
