// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryFile
import BelfryTesting
import Testing

@Suite("The file channel")
struct FileChannelTests {
  private static func contract(_ format: String) -> ChannelContract<FileChannel> {
    ChannelContract(FileChannel.self, settings: #"{ "path": "var/notices", "format": "\#(format)", "mode": "0640" }"#)
  }

  @Test("keeps the channel contract", arguments: ["jsonl", "text"])
  func contract(format: String) async throws {
    try await Self.contract(format).verify()
  }

  @Test("writes the recorded lines", arguments: ["jsonl", "text"])
  func golden(format: String) throws {
    let channel = try Self.contract(format).channel()
    let bytes = try SampleNotices.all.flatMap { try append(channel.compose($0.notice)).bytes }
    try Golden().check(bytes, as: "notices.\(format == "text" ? "txt" : format)")
  }

  @Test("writes each notice as one line of JSON that reads back")
  func lines() throws {
    let channel = try Self.contract("jsonl").channel()
    for (name, notice) in ContractNotices.all {
      let bytes = try append(channel.compose(notice)).bytes
      #expect(bytes.count { $0 == UInt8(ascii: "\n") } == 1, "\(name)")
      let limits = JSONLimits(stringBytes: .max)
      let (node, problems) = JSONTree.parse(SourceText(name: name, bytes: bytes), limits: limits)
      #expect(problems.isEmpty, "\(name)")
      #expect(node?["alerts"]?.elements?.count == notice.alerts.count, "\(name)")
      #expect(node?["type"]?.string == notice.content.kind, "\(name)")
    }
  }

  @Test("lets no line of an alert pass for the first line of another notice")
  func forgery() throws {
    let channel = try Self.contract("text").channel()
    for (name, notice) in ContractNotices.all {
      let text = String(decoding: try append(channel.compose(notice)).bytes, as: UTF8.self)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.dropFirst().allSatisfy { $0.isEmpty || $0.hasPrefix("  ") }, "\(name)")
    }
  }

  @Test("appends under the folder of channels.json, with the configured permissions")
  func place() throws {
    let append = try append(try Self.contract("jsonl").channel().compose(ContractNotices.plain))
    #expect(append.file == ConfinedPath(root: "/srv/belfry", relative: "var/notices"))
    #expect(append.permissions == 0o640)
  }

  @Test(
    "judges the result of an append",
    arguments: [
      (.appended, "delivered"),
      (.failed(TransportFailure(.diskFull, "")), "retry"),
      (.failed(TransportFailure(.pathEscapes, "")), "operator"),
      (.failed(TransportFailure(.file, "")), "operator"),
      (.http(HTTPReply(status: 200)), "operator"),
    ] as [(Reply, String)]
  )
  func verdicts(reply: Reply, expected: String) throws {
    #expect(try Self.contract("jsonl").channel().interpret(reply).name == expected)
  }

  private func append(_ outgoing: Outgoing) throws -> FileAppend {
    guard case .append(let append) = outgoing else { throw BrokenContract(breaches: ["not an append"]) }
    return append
  }
}
