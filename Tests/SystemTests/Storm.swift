// SPDX-License-Identifier: Apache-2.0
import BelfryTesting
import Foundation

/// Two thousand alerts, told on each of ten channels, by a `belfry run` that is stopped and started again and again.
///
/// Seven channels are files. Three are Slack, one of them with a pace, and Slack has its troubles.
struct Storm {
  private static let slackConcurrency = 16
  /// How many can be in flight on one of them: attempts under way, and as many whose outcome is being written down.
  static let slackInFlight = 2 * slackConcurrency
  private static let files = (0..<7).map { "file\($0)" }
  private static let slacks = ["fast0", "fast1", "paced"]

  private let alerts: Int
  private let folder: BelfryFolder
  private let slack: LoopbackSlack
  private let environment = ["TOKEN": "xoxb-1"]
  private var offsets: [String: Int] = [:]
  private var posted = 0
  /// What arrived so far, by channel.
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

  /// How many deliveries there are in the end.
  var deliveries: Int { alerts * arrived.count }
  /// How many deliveries arrived, each counted once.
  var distinct: Int { arrived.values.reduce(0) { $0 + $1.distinct } }
  /// How often one arrived again.
  var repeated: Int { arrived.values.reduce(0) { $0 + $1.repeated } }
  /// How often Slack refused.
  var refusals: Int { slack.requests.count - slack.messages.count }

  /// The channels that did not hear of every alert, with how many are missing.
  var lost: [String: Int] {
    let all = Set((0..<alerts).map { "a\($0)" })
    return arrived.mapValues { all.subtracting($0.alerts).count }.filter { $0.value > 0 }
  }

  /// Lets so many alerts be active, and Slack have some trouble with the next messages.
  func stir(active: Int, using random: inout SeededGenerator) throws {
    let objects = (0..<min(alerts, active)).map { #"{ "id": "a\#($0)", "title": "Alert a\#($0)." }"# }
    try folder.write("[" + objects.joined(separator: ",\n") + "]", to: "alerts.json")
    // On a busy machine a process may end before it has met any: they would pile up until the last one met them all.
    slack.endTroubles()
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      slack.trouble(Bool.random(using: &random) ? .rateLimited(retryAfter: 1) : .status(503))
    }
  }

  func start() throws -> BelfryProcess { try folder.start("run", environment: environment) }

  /// Reads what arrived since it was last read.
  mutating func read() {
    for name in Storm.files {
      let bytes = folder.bytes(of: "\(name).jsonl").dropFirst(offsets[name, default: 0])
      // What is not a whole line yet is read when it is one.
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

  /// Whether every line of every file is whole.
  var isWhole: Bool {
    arrived.values.allSatisfy { $0.torn == 0 } && Storm.files.allSatisfy { folder.bytes(of: "\($0).jsonl").last == 10 }
  }

  /// How many deliveries arrived, by channel, that the ledger does not hold as delivered, when nothing runs.
  mutating func unsettled() async throws -> [String: Int] {
    let counts = try await counts()
    // Only now: what was on its way to Slack when the notifier ended has arrived meanwhile.
    read()
    return arrived.reduce(into: [:]) { $0[$1.key] = $1.value.distinct - (counts[$1.key]?["delivered"] ?? 0) }
  }

  /// How many deliveries the ledger holds, by their status, where there are any.
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
