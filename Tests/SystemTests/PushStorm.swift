// SPDX-License-Identifier: Apache-2.0
import BelfryTesting
import Foundation
import Synchronization

/// A `belfry run` with several pushers, killed and restarted, with two channels of which one is down.
final class PushStorm: Sendable {
  private struct State {
    var next = 0
    var accepted: Set<String> = []
    var isMended = false
    var isOver = false
    var received: [String: Received] = [:]
  }

  /// The messages received by a channel.
  struct Received {
    /// The deliveries of each alert.
    var deliveries: [String: Set<String>] = [:]
    var count = 0
    /// The number of repeated deliveries.
    var repeated: Int { count - deliveries.values.reduce(0) { $0 + $1.count } }
  }

  private let folder: BelfryFolder
  private let port: Int
  private let servers: [LoopbackHTTPServer]
  private let state: Ledger

  /// The shared record of all events, which the receivers' threads also write.
  private final class Ledger: Sendable {
    let state = Mutex(State())
    func withLock<Result: Sendable>(_ body: (inout State) -> Result) -> Result { state.withLock { body(&$0) } }

    /// Accepts a channel's message, unless the channel is down.
    func answer(_ request: LoopbackRequest, as channel: String) -> LoopbackAnswer {
      guard let id = request["webhook-id"], let body = try? JSONDecoder().decode(Body.self, from: Data(request.body))
      else { return .reply(400) }
      return withLock { state in
        guard channel == "up" || state.isMended else { return .reply(503, fields: [("Retry-After", "1")]) }
        state.received[channel, default: Received()].count += 1
        for alert in body.alerts { state.received[channel]?.deliveries[alert.id, default: []].insert(id) }
        return .reply(200)
      }
    }
  }

  private struct Body: Decodable {
    struct Alert: Decodable { let id: String }
    let alerts: [Alert]
  }

  init() throws {
    let state = Ledger()
    self.state = state
    port = try ServerProcess.freePorts(1)[0]
    let names = ["up", "down"]
    servers = try names.map { name in try LoopbackHTTPServer { state.answer($0, as: name) } }
    let channels = zip(names, servers).map { name, server in
      #""\#(name)": { "kind": "webhook", "url": "\#(server.url)/", "allow_addresses": "127.0.0.0/8" }"#
    }
    folder = try BelfryFolder([
      "channels.json": """
      { "channels": { \(channels.joined(separator: ", ")) }, "routes": [{ "to": ["up", "down"] }], "cooldown": 0,
        "server": { "listen": "127.0.0.1:\(port)" } }
      """
    ])
  }

  /// The alerts whose push was answered with 200.
  var accepted: Set<String> { state.withLock(\.accepted) }
  /// The number of pushed alerts, whatever the answer.
  var pushed: Int { state.withLock(\.next) }

  func received(on channel: String) -> Received { state.withLock { $0.received[channel] ?? Received() } }

  /// Makes all channels work from now on.
  func mend() { state.withLock { $0.isMended = true } }

  /// Ends the pushing.
  func end() { state.withLock { $0.isOver = true } }

  func start() throws -> BelfryProcess { try folder.start("run") }

  /// Pushes one batch after another until the end; a batch without an answer is pushed again, like a source does.
  func push(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    var batch: [String] = []
    var connection: HeldConnection?
    while !state.withLock(\.isOver) {
      if batch.isEmpty { batch = new(Int.random(in: 1...16, using: &random)) }
      // Nothing listens while it is not running.
      if connection == nil { connection = try? HeldConnection(port: port) }
      let status = await connection?.ask(PushServer.push(batch), within: .seconds(10))?.status
      if status == 200 {
        let ids = batch
        state.withLock { $0.accepted.formUnion(ids) }
        batch = []
      } else {
        connection = nil
      }
      try await Task.sleep(for: .milliseconds(Int.random(in: 5...40, using: &random)))
    }
  }

  private func new(_ count: Int) -> [String] {
    state.withLock { state in
      defer { state.next += count }
      return (state.next..<state.next + count).map { "a\($0)" }
    }
  }

  /// The number of a channel's deliveries in the ledger, by status.
  func deliveries(on channel: String) async throws -> [String: Int] {
    let status = try await folder.run("status", "--json")
    return try JSONDecoder().decode(Status.self, from: Data(status.answer.utf8)).deliveries[channel] ?? [:]
  }

  private struct Status: Decodable {
    let deliveries: [String: [String: Int]]
  }
}
