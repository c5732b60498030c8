// SPDX-License-Identifier: Apache-2.0
import BelfryTesting
import Foundation

/// The notices that arrived at a receiver: which alerts, and how often each delivery.
struct Notices {
  private(set) var alerts: Set<String> = []
  /// The number of incomplete lines.
  private(set) var torn = 0
  private var deliveries: [String: Int] = [:]

  /// The number of deliveries that arrived, each counted once.
  var distinct: Int { deliveries.count }
  /// The number of repeated arrivals.
  var repeated: Int { deliveries.values.reduce(0, +) - deliveries.count }

  init() {}

  /// Reads the lines of the file channel, skipping incomplete ones.
  init(lines bytes: [UInt8]) { add(lines: bytes) }

  /// Reads the messages posted on Slack.
  init(messages: [LoopbackSlack.Message]) { add(messages: messages) }

  /// Adds more lines of the file channel.
  mutating func add(lines bytes: [UInt8]) {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == false { torn += 1 }
    for line in lines.dropLast() {
      guard let notice = try? JSONDecoder().decode(Line.self, from: Data(line)) else {
        torn += 1
        continue
      }
      deliveries[notice.delivery_id, default: 0] += 1
      alerts.formUnion(notice.alerts.map(\.id))
    }
  }

  /// Adds more messages posted on Slack.
  mutating func add(messages: [LoopbackSlack.Message]) {
    for message in messages {
      guard let body = try? JSONDecoder().decode(Body.self, from: Data(message.body)) else { continue }
      deliveries[body.metadata.event_payload.delivery_id, default: 0] += 1
      let words = message.text.split { !$0.isLetter && !$0.isNumber }
      alerts.formUnion(words.filter { $0.wholeMatch(of: /a[0-9]+/) != nil }.map(String.init))
    }
  }

  private struct Line: Decodable {
    struct Alert: Decodable { let id: String }
    let delivery_id: String
    let alerts: [Alert]
  }

  private struct Body: Decodable {
    struct Metadata: Decodable { let event_payload: Payload }
    struct Payload: Decodable { let delivery_id: String }
    let metadata: Metadata
  }
}
