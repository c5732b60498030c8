// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTransport
import BelfryTestKit
import Foundation
import Testing

@Suite("A full disk")
struct FullDiskTests {
  @Test(
    "keeps no partial data, and writing continues when there is space",
    .enabled(if: SmallDisk.canBeMade)
  )
  func fullDisk() async throws {
    let folder = try SmallDisk()
    let transport = SystemTransport()
    let line = String(repeating: "x", count: 9_999) + "\n"
    var replies: [Reply] = []
    for _ in 0..<10 { replies.append(await transport.send(folder.root.append(line, to: "out"))) }
    let written = replies.count { $0 == .appended }
    #expect((1...6).contains(written))
    #expect(replies.dropFirst(written).allSatisfy { $0.failureKind == .diskFull })
    #expect(try folder.root.text("out") == String(repeating: line, count: written))
    let file = ConfinedPath(root: folder.root.path, relative: "whole")
    #expect(await transport.disk.write(Array(repeating: 1, count: 100_000), to: file)?.kind == .diskFull)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.root.path) == ["out"])
    try FileManager.default.removeItem(atPath: folder.root.path("out"))
    #expect(await transport.send(folder.root.append(line, to: "out")) == .appended)
  }
}
