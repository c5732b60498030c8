// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTransport
import Foundation
import Testing

@Suite("Appending to files")
struct FileAppendTests {
  @Test("lines of a batch are in the file in their order, and its folders are made")
  func appendsInOrder() async throws {
    let root = try ScratchFolder()
    let transport = Transport()
    let replies = await transport.carryOut((1...3).map { root.append("\($0)\n", to: "a/b/out.jsonl") })
    #expect(replies == [.appended, .appended, .appended])
    #expect(await transport.carryOut(root.append("4\n", to: "a/b/out.jsonl")) == .appended)
    #expect(try root.text("a/b/out.jsonl") == "1\n2\n3\n4\n")
    await transport.shutdown()
  }
}
