// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
import Testing

@Suite("Acknowledgement links in delivered messages")
struct LinkTests {
  private static func channels(_ server: String) -> String {
    """
    {"channels": {"log": {"kind": "file", "path": "log.txt", "format": "text", "fallback": "spare"},
                  "spare": {"kind": "file", "path": "spare.txt", "format": "text"}},
     "routes": [{"to": "log"}], "cooldown": "0s"\(server)}
    """
  }
  private static let server = #", "server": {"listen": "127.0.0.1:9093", "url": "https://belfry.example.org"}"#

  private func fire(_ environment: TestEnvironment) async throws {
    _ = try await environment.dispatcher.ingest([.fired(alert("a"))], policy: environment.policy)
  }

  private func links(_ environment: TestEnvironment) -> [String] {
    environment.sent.flatMap { outgoing in
      guard case .append(let append) = outgoing else { return [] as [String] }
      return String(decoding: append.bytes, as: UTF8.self).matches(of: /https:\/\/\S*\/ack\/(\S+)/).map { String($0.1) }
    }
  }

  @Test("are missing without `url`")
  func off() async throws {
    let environment = try TestEnvironment(LinkTests.channels("")) { _ in .appended }
    try await fire(environment)
    try await environment.dispatcher.drain()
    guard case .append(let append)? = environment.sent.first else { return #expect(Bool(false), "nothing was sent") }
    #expect(!String(decoding: append.bytes, as: UTF8.self).lowercased().contains("acknowledge"))
  }

  @Test("carry the time of the decision in every attempt, and on the channel that delivers it instead")
  func attempts() async throws {
    let environment = try TestEnvironment(LinkTests.channels(LinkTests.server)) { outgoing in
      guard case .append(let append) = outgoing, append.file.relative == "log.txt" else { return .appended }
      return .failed(TransportFailure(.diskFull, "no space left"))
    }
    let fired = environment.time.now()
    try await fire(environment)
    var links: [String] = []
    for _ in 0..<60 where !links.contains(where: { claim($0)?.channel == "spare" }) {
      try await environment.dispatcher.drain()
      links = self.links(environment)
      environment.time.advance(by: .seconds(300))
    }
    #expect(links.count > 2)
    #expect(Set(links).count == 2)
    #expect(links.dropLast().allSatisfy { claim($0)?.channel == "log" })
    #expect(claim(links.last ?? "")?.channel == "spare")
    #expect(links.allSatisfy { claim($0)?.madeAt == fired && claim($0)?.alert == alert("a").key })
  }

  private func claim(_ token: String) -> AcknowledgeClaim? {
    TestEnvironment.linkKey.flatMap { AcknowledgeClaim(token: token, signedWith: $0) }
  }

  @Test("use the address of a new configuration, and the same key")
  func takesOver() async throws {
    let environment = try TestEnvironment(LinkTests.channels("")) { _ in .appended }
    await environment.dispatcher.adopt(try Configuration.parse(LinkTests.channels(LinkTests.server)), unchanged: [])
    try await fire(environment)
    try await environment.dispatcher.drain()
    let (links, key) = (links(environment), try #require(TestEnvironment.linkKey))
    #expect(links.count == 1)
    #expect(AcknowledgeClaim(token: links.first ?? "", signedWith: key)?.alert == alert("a").key)
  }

  @Test("are signed with a key made only by the notifier, which survives a restart")
  func key() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("belfry.db")
    let time = VirtualTime()
    var ledger = try await SQLiteLedger.open(path: path, now: { time.now() })
    #expect(try await LinkKey.kept(in: ledger, isMade: false) == nil)
    let made = try #require(try await LinkKey.kept(in: ledger, isMade: true))
    try await ledger.close()
    ledger = try await SQLiteLedger.open(path: path, now: { time.now() })
    #expect(try await LinkKey.kept(in: ledger, isMade: false) == made)
    #expect(try await LinkKey.kept(in: ledger, isMade: true) == made)
    try await ledger.close()
    let memory = MemoryLedger(now: { time.now() })
    #expect(try await LinkKey.kept(in: memory, isMade: true) != made)
  }
}
