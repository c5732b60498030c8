// SPDX-License-Identifier: Apache-2.0
internal import Foundation

// The time from a push until the receiver has the message, under light load.
extension BelfryBench {
  static func measurePushLatency(of kinds: [Contender.Kind], in folder: String) throws {
    for (rate, count) in [(100, 600), (500, 2_000)] {
      let requests = PushSamples.requests(0..<count, batch: 1)
      var slow: [Contender.Kind: [Double]] = [:]
      var spent: [Contender.Kind: [Double]] = [:]
      let p50 = try alternate(kinds) { kind, round in
        let sink = try Sink(.http, isMarked: true)
        defer { sink.stop() }
        let contender = try Contender(kind, in: "\(folder)/latency-\(kind)-\(rate)-\(round)", sink: sink.port)
        defer { contender.stop() }
        let before = contender.cpu
        let sent = try contender.client.make(requests, over: 16, every: .seconds(1) / rate).sent
        let limit = ContinuousClock.now + .seconds(10)
        while sink.arrivals.count < count, ContinuousClock.now < limit { usleep(10_000) }
        spent[kind, default: []].append((contender.cpu - before) / Double(count) * 1_000_000)
        let times = sink.marked.map { number, moment in (moment - sent[number]).inSeconds * 1_000 }.sorted()
        if times.count < count { print("\(kind.rawValue) sent only \(times.count) of \(count)") }
        guard !times.isEmpty else { return 0 }
        slow[kind, default: []].append(times[times.count * 99 / 100])
        return times[times.count / 2]
      }
      report("push to delivery at \(rate)/s, p50", p50, "ms")
      report("push to delivery at \(rate)/s, p99", slow.mapValues { $0.sorted()[$0.count / 2] }, "ms")
      report("push to delivery at \(rate)/s, CPU each", spent.mapValues { $0.sorted()[$0.count / 2] }, "µs")
    }
  }
}
