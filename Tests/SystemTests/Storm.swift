// SPDX-License-Identifier: Apache-2.0
import BelfryTesting
import Foundation

/// Two thousand alerts, sent on each of ten channels, by a `belfry run` that is stopped and restarted again and again.
///
/// Seven channels are files. Three are Slack, one of them with a rate limit, and Slack sometimes fails.
struct Storm {
  private static let slackConcurrency = 16
  /// The most deliveries in flight on one of them: running attempts, and as many whose results are being recorded.
  static let slackInFlight = 2 * slackConcurrency
  private static let files = (0..<7).map { "file\($0)" }
  private static let slacks = ["fast0", "fast1", "paced"]

  private let alerts: Int
  private let folder: BelfryFolder
  private let slack: LoopbackSlack
  private let environment = ["TOKEN": "xoxb-1"]
  private var offsets: [String: Int] = [:]
  private var posted = 0
  /// The notices that arrived so far, by channel.
  private(set) var arrived: [String: Notices]

  init(alerts: Int) throws {
    self.alerts = alerts
    slack = try LoopbackSlack(token: "xoxb-1")
    arrived = Dictionary(uniqueKeysWithValues: (Storm.files + Storm.slacks).map { ($0, Notices()) })
    let files = Storm.files.map { #""\#($0)": { "kind": "file", "path": "\#($0).jsonl" }"# }
    let slacks = Storm.slacks.map { [slack] name in
      """
      "\(name)": {
        "kind": "slack-dm", "token": "${TOKEN}", "user": "\(Storm.user(of: name))", "api": "\(slack.api)",
        "concurrency": \(Storm.slackConcurrency), "rate": "\(name == "paced" ? "6000/m" : "unlimited")"
      }
      """
    }
    let names = (Storm.files + Storm.slacks).map { #""\#($0)""# }.joined(separator: ", ")
    folder = try BelfryFolder([
      "channels.json": """
      {
        "channels": { \((files + slacks).joined(separator: ",\n")) },
        "routes": [{ "to": [\(names)] }],
        "cooldown": "0s",
        "sources": { "alerts": { "kind": "file", "path": "alerts.json" } },
        "interval": "1s"
      }
      """
    ])
  }

  /// The total number of deliveries.
  var deliveries: Int { alerts * arrived.count }
  /// The number of deliveries that arrived, each counted once.
  var distinct: Int { arrived.values.reduce(0) { $0 + $1.distinct } }
  /// The number of repeated arrivals.
  var repeated: Int { arrived.values.reduce(0) { $0 + $1.repeated } }
  /// The number of Slack's refusals.
  var refusals: Int { slack.requests.count - slack.messages.count }

  /// The channels that did not receive every alert, with the number missing.
  var lost: [String: Int] {
    let all = Set((0..<alerts).map { "a\($0)" })
    return arrived.mapValues { all.subtracting($0.alerts).count }.filter { $0.value > 0 }
  }

  /// Makes this many alerts active, and Slack fail for some of the next messages.
  func stir(active: Int, using random: inout SeededGenerator) throws {
    let objects = (0..<min(alerts, active)).map { #"{ "id": "a\#($0)", "title": "Alert a\#($0)." }"# }
    try folder.write("[" + objects.joined(separator: ",\n") + "]", to: "alerts.json")
    // On a busy machine a process may end before it has met any failure: they would accumulate until the last process
    // met them all.
    slack.endTroubles()
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      slack.trouble(Bool.random(using: &random) ? .rateLimited(retryAfter: 1) : .status(503))
    }
  }

  func start() throws -> BelfryProcess { try folder.start("run", environment: environment) }

  /// Reads what arrived since the last call.
  mutating func read() {
    for name in Storm.files {
      let bytes = folder.bytes(of: "\(name).jsonl").dropFirst(offsets[name, default: 0])
      // An incomplete line is read once it is complete.
      guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { continue }
      arrived[name]?.add(lines: Array(bytes[...end]))
      offsets[name] = end + 1
    }
    let messages = slack.messages.dropFirst(posted)
    posted += messages.count
    for name in Storm.slacks {
      arrived[name]?.add(messages: messages.filter { $0.recipient == Storm.user(of: name) })
    }
  }

  /// Whether every line of every file is complete.
  var isWhole: Bool {
    arrived.values.allSatisfy { $0.torn == 0 } && Storm.files.allSatisfy { folder.bytes(of: "\($0).jsonl").last == 10 }
  }

  /// The number of arrived deliveries, by channel, that the ledger does not record as delivered, when nothing runs.
  mutating func unsettled() async throws -> [String: Int] {
    let counts = try await counts()
    // Messages that were on their way to Slack when the notifier ended arrive all the same.
    try await slack.clientsHaveEnded()
    read()
    return arrived.reduce(into: [:]) { $0[$1.key] = $1.value.distinct - (counts[$1.key]?["delivered"] ?? 0) }
  }

  /// The number of deliveries in the ledger, by status, without zeros.
  func totals() async throws -> [String: Int] {
    try await counts().values.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }.filter { $0.value > 0 }
  }

  static func isSlack(_ channel: String) -> Bool { slacks.contains(channel) }

  private func counts() async throws -> [String: [String: Int]] {
    let status = try await folder.run("status", "--json", environment: environment)
    return try JSONDecoder().decode(Status.self, from: Data(status.answer.utf8)).deliveries
  }

  private struct Status: Decodable {
    let deliveries: [String: [String: Int]]
  }

  private static func user(of channel: String) -> String { "U0" + channel.uppercased() }
}
