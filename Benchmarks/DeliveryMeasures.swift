// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryTransport
internal import Foundation

// The cost of durability: deliveries from the ledger, compared with the transport alone at the same concurrency.
extension BelfryBench {
  static func measureDeliveries(in folder: String) async throws {
    for concurrency in [1, 16, 64] {
      let count = concurrency == 1 ? 4_000 : 20_000
      try await compare("webhook", .http, count, concurrency, in: folder) { webhook($0, concurrency: concurrency) }
    }
    for concurrency in [1, 16, 64] {
      let count = concurrency == 1 ? 1_000 : 4_000
      try await compare("mail", .smtp, count, concurrency, in: folder) { mail($0, concurrency: concurrency) }
    }
    let file = #"{ "kind": "file", "path": "out.jsonl" }"#
    try await compare("file", nil, 50_000, 1, batch: 1_024, in: folder) { _ in file }
  }

  static func webhook(_ port: Int, concurrency: Int) -> String {
    """
    { "kind": "webhook", "url": "http://127.0.0.1:\(port)/", "allow_addresses": "127.0.0.0/8",
      "concurrency": \(concurrency) }
    """
  }

  private static func mail(_ port: Int, concurrency: Int) -> String {
    """
    { "kind": "smtp", "server": "smtp://127.0.0.1:\(port)", "security": "none", "from": "belfry@example.com",
      "to": "ops@example.com", "concurrency": \(concurrency) }
    """
  }

  // `talk` is nil for a channel without a sink. The transport alone gets `batch` exchanges at once from each waiting
  // task.
  private static func compare(
    _ kind: String,
    _ talk: Sink.Talk?,
    _ count: Int,
    _ concurrency: Int,
    batch: Int = 1,
    in folder: String,
    channel: (Int) -> String
  ) async throws {
    let sink = try talk.map { try Sink($0) }
    defer { sink?.stop() }
    let name = "\(kind)-\(concurrency)"
    let environment = try await DeliveryEnvironment(channel: channel(sink?.port ?? 0), folder: folder, ledger: name)
    try await environment.queue(0..<count)
    guard let outgoing = try environment.composed() else { return }
    // Creates everything that the first exchange creates.
    _ = await environment.transport.send(outgoing)
    let durable = try await Usage.measure(beside: sink) { try await environment.dispatcher.drain() }
    let bare = await Usage.measure(beside: sink) {
      await carry(outgoing, count: count, atOnce: concurrency, batch: batch, over: environment.transport)
    }
    let what = batch == 1 ? "\(kind), \(concurrency) at a time" : "\(kind), \(batch) in a batch"
    let delivered = environment.tally.counts.delivered
    if delivered != count { print("\(what): only \(delivered) of \(count) were delivered") }
    row("\(what): out of the ledger", Double(count) / durable.elapsed, "/s")
    row("\(what): transport alone", Double(count) / bare.elapsed, "/s")
    row("\(what): ledger to transport alone", bare.elapsed / durable.elapsed, "×")
    row("\(what): CPU of 10,000, out of the ledger", durable.cpu * 10_000 / Double(count), "s")
    row("\(what): CPU of 10,000, transport alone", bare.cpu * 10_000 / Double(count), "s")
    if sink != nil {
      row("\(what): sink busy, out of the ledger", durable.sink / durable.elapsed * 100, "%")
      row("\(what): sink busy, transport alone", bare.sink / bare.elapsed * 100, "%")
    }
    try await environment.close()
  }

  private static func carry(
    _ outgoing: Outgoing,
    count: Int,
    atOnce: Int,
    batch: Int,
    over transport: SystemTransport
  ) async {
    let share = count / atOnce
    await withDiscardingTaskGroup { group in
      for number in 0..<atOnce {
        group.addTask {
          var left = number == 0 ? share + count % atOnce : share
          while left > 0 {
            _ = await transport.send(Array(repeating: outgoing, count: min(batch, left)))
            left -= batch
          }
        }
      }
    }
  }
}

/// The resources used by a measured piece of work.
struct Usage {
  var elapsed: Double
  /// Processor time of this process, without the sink's.
  var cpu: Double
  /// Processor time of the sink.
  var sink: Double

  static func measure(beside sink: Sink?, _ work: () async throws -> Void) async rethrows -> Usage {
    let (cpu, taken, start) = (processorTime(), sink?.cpu ?? .zero, ContinuousClock.now)
    try await work()
    let elapsed = (ContinuousClock.now - start).inSeconds
    let sunk = ((sink?.cpu ?? .zero) - taken).inSeconds
    return Usage(elapsed: elapsed, cpu: (processorTime() - cpu).inSeconds - sunk, sink: sunk)
  }

  static func processorTime() -> Duration {
    var used = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used)
    return .seconds(used.tv_sec) + .nanoseconds(used.tv_nsec)
  }
}
