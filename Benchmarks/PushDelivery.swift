// SPDX-License-Identifier: Apache-2.0
internal import Foundation

// From the first push until the receiver has a message about every alert.
extension BelfryBench {
  static func measurePushDelivery(of kinds: [Contender.Kind], in folder: String) throws {
    for count in [10_000, 50_000] {
      let requests = PushSamples.requests(0..<count, batch: 64)
      var spent: [Contender.Kind: [Double]] = [:]
      let rates = try alternate(kinds) { kind, round in
        let sink = try Sink(.http)
        defer { sink.stop() }
        let contender = try Contender(kind, in: "\(folder)/delivery-\(kind)-\(count)-\(round)", sink: sink.port)
        defer { contender.stop() }
        let (before, start) = (contender.cpu, ContinuousClock.now)
        _ = try contender.client.make(requests, over: 8)
        let limit = start + .seconds(120)
        while sink.count < count, ContinuousClock.now < limit { usleep(1_000) }
        let elapsed = (ContinuousClock.now - start).inSeconds
        if sink.count < count { print("\(kind.rawValue) sent only \(sink.count) of \(count)") }
        spent[kind, default: []].append((contender.cpu - before) / Double(count) * 1_000_000)
        return Double(count) / elapsed
      }
      report("\(count) to a webhook, a message each", rates, "/s")
      report("\(count) to a webhook, CPU each", spent.mapValues { $0.sorted()[$0.count / 2] }, "µs")
    }
  }
}
