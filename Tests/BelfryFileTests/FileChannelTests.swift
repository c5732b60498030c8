// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryFile
import BelfryTesting
import Testing

@Suite("The file channel")
struct FileChannelTests {
  @Test("keeps the contract of channels", arguments: ["jsonl", "text"])
  func contract(format: String) async throws {
    try await ChannelContract(FileChannel.self, settings: #"{ "path": "var/notices", "format": "\#(format)" }"#).verify()
  }
}
