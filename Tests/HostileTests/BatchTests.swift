// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

/// Batches with one broken alert, and alerts that are easily confused.
@Suite("Hostile batches", .endsIfItHangs)
struct BatchTests {
  static let now = Instant(seconds: 1_800_000_000)

  /// A way in which alerts arrive: where they are pushed to, or what reads them.
  enum Way: String, CaseIterable {
    case api, webhook, own, file, prometheus, alertmanager

    /// Alerts with the numbers from 0, in this format; `@` in one makes it unusual.
    func alert(_ number: Int, _ odd: String = "") -> String {
      let labels = #""labels":{"alertname":"A\#(number)","severity":"info"\#(odd)}"#
      return switch self {
      case .api: "{\(labels)}"
      case .webhook: #"{"status":"firing",\#(labels)}"#
      case .own, .file: #"{"title":"T\#(number)","severity":"info",\#(labels)}"#
      case .prometheus: #"{"state":"firing",\#(labels)}"#
      case .alertmanager: #"{"status":{"state":"active"},"startsAt":"2027-01-15T07:00:00Z",\#(labels)}"#
      }
    }

    func text(_ alerts: [[UInt8]]) -> [UInt8] {
      let (head, tail) =
        switch self {
        case .api, .file, .alertmanager: ("[", "]")
        case .webhook, .own: (#"{"alerts":["#, "]}")
        case .prometheus: (#"{"status":"success","data":{"alerts":["#, "]}}")
        }
      var text = Array(head.utf8)
      for (index, alert) in alerts.enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        text.append(contentsOf: alert)
      }
      text.append(contentsOf: tail.utf8)
      return text
    }

    /// The accepted alerts of a text, the places of the refused ones, and whether the text is complete.
    func read(_ bytes: [UInt8]) -> (alerts: [Alert], refused: Int, isWhole: Bool) {
      let source = SourceText(name: "text", bytes: bytes)
      func pushed(_ shape: PushShape) -> (alerts: [Alert], refused: Int, isWhole: Bool) {
        let pushed = AlertDecoding.readPush(source, shape, now: BatchTests.now)
        return (pushed.alerts.map(\.alert), pushed.refusedCount, pushed.fault == nil)
      }
      func polled(_ snapshot: AlertSnapshot) -> (alerts: [Alert], refused: Int, isWhole: Bool) {
        (snapshot.alerts, 0, snapshot.isComplete)
      }
      return switch self {
      case .api: pushed(.alertmanager)
      case .webhook: pushed(.webhook)
      case .own: pushed(.own)
      case .file, .alertmanager: polled(AlertDecoding.read(source, from: "app", now: BatchTests.now))
      case .prometheus: polled(AlertDecoding.readPrometheus(source, from: "app"))
      }
    }
  }

  /// The content of the unusual alert, as an extra label or after the labels.
  static let odd: [[UInt8]] = [
    Array(#","x":"\ud83d""#.utf8), Array(#","x":"\udd25\ud83d""#.utf8), Array(#","x":""#.utf8) + [0xFF, 0xC3, 0x22],
    Array(#","\ud800":"x""#.utf8), Array(#","x":1e400"#.utf8), Array(#","x":-1E+9999"#.utf8),
    Array(#"},"x":\#(String(repeating: "[", count: 17))\#(String(repeating: "]", count: 17)),"y":{"z":"#.utf8)
      + Array("1".utf8),
    Array(
      #"},"x":\#(String(repeating: #"{"a":"#, count: 500))1\#(String(repeating: "}", count: 500)),"y":{"z":2"#.utf8
    ),
    Array(#","x":"\#(String(repeating: "é", count: 200_000))""#.utf8), Array(",\"x\":\"a\u{0}\u{1}\n\"".utf8),
    Array(#","x":\#(String(repeating: "1", count: 30_000))"#.utf8), Array(#","x":null,"y":[],"z":{}"#.utf8),
  ]

  @Test("have every valid alert accepted beside an unusual one, wherever that is", arguments: Way.allCases)
  func oddOnes(way: Way) {
    let good = (0..<8).map { Array(way.alert($0).utf8) }
    let expected = way.read(way.text(good)).alerts
    #expect(expected.count == 8)
    for odd in BatchTests.odd {
      let parts = way.alert(99, "@").split(separator: "@").map { Array($0.utf8) }
      for place in [0, 4, 8] {
        var alerts = good
        alerts.insert(parts[0] + odd + parts[1], at: place)
        let read = way.read(way.text(alerts))
        #expect(read.alerts.filter { $0.labels["alertname"] != "A99" } == expected)
        #expect(read.alerts.count == 9 && read.refused == 0, "the odd one can be mended")
      }
    }
  }

  @Test(
    "lose no valid alert silently, whatever one byte of another one becomes",
    arguments: [Way.api, .webhook, .own]
  )
  func flippedBytes(way: Way) {
    let good = (0..<6).map { Array(way.alert($0, #","note":"a \"quoted\" text","n":"1""#).utf8) }
    let expected = way.read(way.text(good)).alerts
    var random = SeededGenerator(seed: 13)
    for _ in 0..<4_000 {
      var alerts = good
      let place = Int.random(in: alerts[3].indices, using: &random)
      let marks = Array(#""\{}[],:'0 "#.utf8) + [0, 0xFF, 0x0A]
      alerts[3][place] =
        Bool.random(using: &random) ? marks.randomElement(using: &random) ?? 0 : .random(in: 0...255, using: &random)
      let read = way.read(way.text(alerts))
      guard read.isWhole else {
        #expect(read.alerts.isEmpty, "what is refused whole is not taken in part")
        continue
      }
      #expect(read.alerts.count + read.refused == 6, "\(String(decoding: alerts[3], as: UTF8.self))")
      for index in [0, 1, 2, 4, 5] {
        #expect(read.alerts.contains(expected[index]), "\(String(decoding: alerts[3], as: UTF8.self))")
      }
    }
  }

  /// The labels of two alerts that must stay distinct.
  static let pairs: [(String, String)] = {
    let long = String(repeating: "x", count: 5_000)
    let many = (0..<300).map { #","l\#($0)":"v""# }.joined()
    return [
      (#","v":"caf\u00e9""#, #","v":"cafe\u0301""#), (#","caf\u00e9":"v""#, #","cafe\u0301":"v""#),
      (#","v":"\u212b""#, #","v":"\u00c5""#), (#","v":"\u212a""#, #","v":"K""#),
      (#","v":"\#(long)1""#, #","v":"\#(long)2""#), (#","\#(long)1":"v""#, #","\#(long)2":"v""#),
      (#"\#(many),"z":"1""#, #"\#(many),"z":"2""#), (#"\#(many),"z1":"v""#, #"\#(many),"z2":"v""#),
      (#","v":"\u0000""#, #","v":"\u0001""#), (#","v":"\ud800""#, #","v":"\ud801""#),
      (#","v":"a\nb""#, #","v":"a b""#),
    ]
  }()

  /// A pushed alert and one that a source holds are enough for the ledgers; each way has the same identities.
  @Test("notify of both of two alerts that differ in one byte, in every ledger", arguments: Way.allCases)
  func identity(way: Way) async throws {
    let folder = try TemporaryFolder()
    let policy = try BatchTests.policy()
    let ledgers = [.api, .file].contains(way) ? try await BatchTests.ledgers(folder.path("belfry.db")) : []
    for pair in BatchTests.pairs {
      let text = way.text([pair.0, pair.1].map { Array(way.alert(1, $0).utf8) })
      let alerts = way.read(text).alerts
      #expect(alerts.count == 2 && alerts[0].key != alerts[1].key, "\(pair)")
      #expect(way.read(text).alerts == alerts, "they have the same identities the next time")
      for ledger in ledgers {
        let taken = try await ledger.ingest(alerts.map(Event.fired), policy: policy, lease: nil)
        #expect(taken.queued == 2, "\(pair)")
        let again = try await ledger.ingest(alerts.map(Event.fired), policy: policy, lease: nil)
        #expect(again.queued == 0)
        #expect(try await ledger.summary().activeAlerts == 2)
        _ = try await ledger.ingest([.resolved(alerts[0].key)], policy: policy, lease: nil)
        #expect(try await ledger.record(of: alerts[1].key)?.isActive == true, "the other one goes on")
        #expect(try await ledger.record(of: alerts[0].key)?.isActive == false)
        _ = try await ledger.ingest([.resolved(alerts[1].key)], policy: policy, lease: nil)
      }
    }
    for ledger in ledgers { try await ledger.close() }
  }

  private static func ledgers(_ path: String) async throws -> [any Ledger] {
    [
      MemoryLedger(now: { now }), try await SQLiteLedger.open(path: path, now: { now }),
      try await SQLiteLedger.inMemory(now: { now }),
    ]
  }

  private static func policy() throws -> Policy {
    let text = #"{"channels":{"out":{"kind":"file","path":"out.jsonl"}},"routes":[{"to":"out"}],"cooldown":"0s"}"#
    return Policy(rules: try Configuration.parse(text).rules)
  }
}
