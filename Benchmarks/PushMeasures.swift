// SPDX-License-Identifier: Apache-2.0
internal import Foundation

// Alerts pushed over HTTP: Belfry, which stores each accepted alert on disk, compared with an Alertmanager on the same
// machine, with the same requests and the same receiver, in turns.
extension BelfryBench {
  private static let rounds = 5

  /// The number of alerts per request and of connections, and the total number of alerts with and without delivery.
  private struct Load {
    var batch: Int
    var connections: Int
    var delivered: Int
    var undelivered: Int
  }

  private static let loads = [
    Load(batch: 1, connections: 64, delivered: 4_000, undelivered: 10_000),
    Load(batch: 64, connections: 16, delivered: 12_800, undelivered: 64_000),
    Load(batch: 1_000, connections: 4, delivered: 16_000, undelivered: 100_000),
  ]

  /// Measures everything, or only the named parts: `delivery`, `ingest`, `latency`, `standing`.
  static func measurePush(in folder: String, only parts: [String] = []) throws {
    guard Contender.Kind.belfry.program != nil else {
      return print("push: there is no \(binary); `make build` makes it")
    }
    let isBeside = Contender.Kind.alertmanager.program != nil
    if !isBeside { print("push: no Alertmanager is installed, so Belfry is measured alone") }
    let kinds: [Contender.Kind] = isBeside ? [.belfry, .alertmanager] : [.belfry]
    if parts.isEmpty || parts.contains("delivery") { try measurePushDelivery(of: kinds, in: folder) }
    if parts.isEmpty || parts.contains("ingest") { try measureIngest(of: kinds, in: folder) }
    if parts.isEmpty || parts.contains("latency") { try measurePushLatency(of: kinds, in: folder) }
    if parts.isEmpty || parts.contains("standing") { try measureStanding(of: kinds, in: folder) }
  }

  private static func measureIngest(of kinds: [Contender.Kind], in folder: String) throws {
    for isDelivered in [true, false] {
      for load in loads {
        let count = isDelivered ? load.delivered : load.undelivered
        let requests = PushSamples.requests(0..<count, batch: load.batch)
        let rates = try alternate(kinds) { kind, round in
          let sink = isDelivered ? try Sink(.http) : nil
          defer { sink?.stop() }
          let place = "\(folder)/push-\(kind)-\(load.batch)-\(isDelivered)-\(round)"
          let contender = try Contender(kind, in: place, sink: sink?.port)
          defer { contender.stop() }
          let outcome = try contender.client.make(requests, over: load.connections)
          if outcome.refused > 0 { print("\(kind.rawValue) refused \(outcome.refused) of \(requests.count) requests") }
          return Double(count) / outcome.elapsed
        }
        report("push, \(load.batch) in a request, \(isDelivered ? "delivering" : "delivery off")", rates, "/s")
      }
    }
  }

  /// Measures the kinds in turns, several times, and returns the medians.
  static func alternate(
    _ kinds: [Contender.Kind],
    rounds: Int = rounds,
    _ measure: (Contender.Kind, Int) throws -> Double
  ) rethrows -> [Contender.Kind: Double] {
    var values: [Contender.Kind: [Double]] = [:]
    for round in 0..<rounds { for kind in kinds { values[kind, default: []].append(try measure(kind, round)) } }
    return values.mapValues { $0.sorted()[$0.count / 2] }
  }

  /// Prints each kind's value, and the ratio of Belfry's to the other.
  static func report(_ what: String, _ values: [Contender.Kind: Double], _ unit: String) {
    for kind in [Contender.Kind.belfry, .alertmanager] {
      if let value = values[kind] { row("\(what): \(kind.rawValue)", value, unit) }
    }
    guard let ours = values[.belfry], let theirs = values[.alertmanager], theirs > 0 else { return }
    row("\(what): ratio", ours / theirs, "×")
    fflush(nil)  // It takes minutes; show results as they come.
  }
}

/// The pushed requests: the same bytes for each contender.
enum PushSamples {
  /// The requests that push these alerts.
  static func requests(_ range: Range<Int>, batch: Int) -> [[UInt8]] {
    stride(from: range.lowerBound, to: range.upperBound, by: batch).map { start in
      let alerts = (start..<min(start + batch, range.upperBound)).map(alert)
      let body = "[" + alerts.joined(separator: ",") + "]"
      let head = "POST /api/v2/alerts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      return Array((head + "Content-Length: \(body.utf8.count)\r\n\r\n" + body).utf8)
    }
  }

  /// An alert as Prometheus pushes it; `Sink` finds its number again.
  private static func alert(_ index: Int) -> String {
    """
    {"labels":{"alertname":"DiskAlmostFull","severity":"warning","instance":"host-\(index)","job":"node",\
    "number":"\(Sink.mark)\(index)."},"annotations":{"summary":"Disk of host-\(index) is almost full",\
    "description":"Less than 5 % is free on /var."},"startsAt":"2026-11-23T17:00:00Z",\
    "generatorURL":"http://prometheus.example.com/graph?g0.expr=disk"}
    """
  }
}
