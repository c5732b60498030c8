// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTransport
import BelfryTestKit
import Foundation
import Synchronization
import Testing

@Suite("Appending to files")
struct FileAppendTests {
  private let disk = SystemTransport()

  @Test("keeps the order of a batch's lines, and creates folders for the owner only")
  func appendsInOrder() async throws {
    let root = try TemporaryFolder()
    let replies = await disk.send((1...3).map { root.append("\($0)\n", to: "a/b/out.jsonl") })
    #expect(replies == [.appended, .appended, .appended])
    #expect(await disk.send(root.append("4\n", to: "a/./b//out.jsonl")) == .appended)
    #expect(try root.text("a/b/out.jsonl") == "1\n2\n3\n4\n")
    #expect(try root.mode("a") == 0o700)
    #expect(try root.mode("a/b") == 0o700)
  }

  @Test("creates a missing root folder too")
  func missingRoot() async throws {
    let root = try TemporaryFolder()
    let file = ConfinedPath(root: root.path("var/log"), relative: "out")
    #expect(await disk.send(.append(FileAppend(file: file, bytes: [10]))) == .appended)
    #expect(try root.text("var/log/out") == "\n")
  }

  @Test("gives a new file the configured permissions, and leaves an old file's", arguments: [0o600, 0o640, 0o666])
  func permissions(_ bits: UInt16) async throws {
    let root = try TemporaryFolder()
    #expect(await disk.send(root.append("1\n", to: "out", permissions: bits)) == .appended)
    #expect(try root.mode("out") == bits)
    #expect(await disk.send(root.append("2\n", to: "out", permissions: 0o604)) == .appended)
    #expect(try root.mode("out") == bits)
  }

  @Test("never mixes the lines of batches from many tasks")
  func manyWriters() async throws {
    let root = try TemporaryFolder()
    await withTaskGroup { group in
      for writer in 0..<20 {
        group.addTask {
          let lines = (0..<10).map { root.append("\(writer) \($0) \(String(repeating: "x", count: 500))\n", to: "out") }
          #expect(await disk.send(lines) == Array(repeating: .appended, count: 10))
        }
      }
    }
    let lines = try root.text("out").split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(lines.count == 200)
    for start in stride(from: 0, to: 200, by: 10) {
      #expect(lines[start..<(start + 10)].map { $0[0] + " " + $0[1] } == (0..<10).map { "\(lines[start][0]) \($0)" })
    }
  }

  @Test(
    "removes what a crash left of a line that begins like the next, and ends another writer's partial line",
    arguments: [
      ("", ""), ("whole\n", "whole\n"), ("half", "half\n"), ("{", ""), (#"{"delivery"#, ""),
      (#"{"delivery_id":"0","te"#, ""), ("1\n" + #"{"delivery_id":"0","te"#, "1\n"),
      (#"{"other_key":"0","te"#, #"{"other_key":"0","te"# + "\n"),
      ("1\n" + #"{"delivery_id":""# + String(repeating: "x", count: 200_000), "1\n"),
    ]
  )
  func tornLine(_ before: String, _ kept: String) async throws {
    let root = try TemporaryFolder()
    let line = #"{"delivery_id":"1"}"# + "\n"
    try root.write(before, to: "out")
    #expect(await disk.send(root.append(line, to: "out")) == .appended)
    #expect(try root.text("out") == kept + line)
  }

  @Test("follows links that stay inside")
  func linksInside() async throws {
    let root = try TemporaryFolder()
    try root.makeFolder("real/deep")
    try root.write("0\n", to: "real/file")
    try root.link("relative", to: "real")
    try root.link("absolute", to: root.path("real/deep"))
    try root.link("file", to: "real/file")
    try root.link("real/up", to: "..")
    for path in ["relative/file", "file", "real/up/real/file", "absolute/new/file"] {
      #expect(await disk.send(root.append("1\n", to: path)) == .appended, "\(path)")
    }
    #expect(try root.text("real/file") == "0\n1\n1\n1\n")
    #expect(try root.text("real/deep/new/file") == "1\n")
  }

  @Test("resolves a root that is a link")
  func linkedRoot() async throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("real")
    try folder.link("root", to: "real")
    let file = ConfinedPath(root: folder.path("root"), relative: "out")
    #expect(await disk.send(.append(FileAppend(file: file, bytes: Array("1\n".utf8)))) == .appended)
    #expect(try folder.text("real/out") == "1\n")
  }

  @Test("never leaves the root", arguments: Escape.allCases)
  func escapes(_ escape: Escape) async throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("root/inside")
    try folder.makeFolder("root-outside")
    try folder.write("before\n", to: "root-outside/file")
    let path = try escape.prepare(in: folder)
    let file = ConfinedPath(root: folder.path("root"), relative: path)
    let append = Outgoing.append(FileAppend(file: file, bytes: Array("1\n".utf8)))
    #expect(await disk.send(append).failureKind == .pathEscapes)
    // A whole file replaces a dangling link; the link is not followed.
    #expect(await disk.disk.write([1], to: file)?.kind == (escape == .linkToNothing ? nil : .pathEscapes))
    #expect(try folder.text("root-outside/file") == "before\n")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("root-outside")) == ["file"])
    #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["root", "root-outside"])
  }

  enum Escape: CaseIterable {
    case dots, dotsInside, absolute, linkedFolder, linkedFile, linkToNothing, linkOfLink, linkToRootsNeighbour, circle

    func prepare(in folder: TemporaryFolder) throws -> String {
      switch self {
      case .dots: return "../root-outside/file"
      case .dotsInside: return "inside/../out"
      case .absolute: return folder.path("root-outside/file")
      case .linkedFolder: try folder.link("root/link", to: "../root-outside")
      case .linkedFile:
        try folder.link("root/link", to: "../root-outside/file")
        return "link"
      case .linkToNothing:
        try folder.link("root/link", to: "../root-outside/new")
        return "link"
      case .linkOfLink:
        try folder.link("root/inside/second", to: folder.path("root-outside"))
        try folder.link("root/link", to: "inside/second")
      case .linkToRootsNeighbour: try folder.link("root/link", to: folder.path("root") + "-outside")
      case .circle:
        try folder.link("root/link", to: "other")
        try folder.link("root/other", to: "link")
      }
      return "link/file"
    }
  }

  @Test("never leaves the root when a folder is swapped for a link in the meantime", .endsIfItHangs)
  func race() async throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("root/real")
    try folder.makeFolder("outside")
    // Before the first line, which would otherwise create a folder with that name.
    try folder.link("root/swap", to: "real")
    try folder.link("root/good", to: "real")
    let swapper = LinkSwapper(folder: folder)
    async let swapping: Void = onOwnThread(named: "test") { swapper.run() }
    let file = ConfinedPath(root: folder.path("root"), relative: "swap/out")
    // Enough chances to catch code that checks first and opens later.
    while swapper.swaps.load(ordering: .relaxed) < 3000 {
      _ = await disk.send(.append(FileAppend(file: file, bytes: [10])))
    }
    swapper.isOver.store(true, ordering: .relaxed)
    await swapping
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("outside")).isEmpty)
  }

  @Test(
    "refuses anything that is not a regular file, without hanging",
    .endsIfItHangs,
    arguments: ["fifo", "folder", "folder/", ".", ""]
  )
  func notAFile(_ path: String) async throws {
    let root = try TemporaryFolder()
    #expect(mkfifo(root.path("fifo"), 0o600) == 0)
    try root.makeFolder("folder")
    #expect(await disk.send(root.append("1\n", to: path)).failureKind == .file)
  }

  @Test("reports a file in the place of a folder as such")
  func fileInTheWay() async throws {
    let root = try TemporaryFolder()
    try root.write("", to: "file")
    let failure = try await failure(of: root.append("1\n", to: "file/out"), on: disk)
    #expect(failure.kind == .file)
    #expect(failure.message.contains("not a folder"))
  }

  @Test("does not start a cancelled batch")
  func cancelled() async throws {
    let root = try TemporaryFolder()
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return await disk.send(root.append("1\n", to: "out"))
    }
    task.cancel()
    #expect(await task.value.failureKind == .cancelled)
    #expect(!FileManager.default.fileExists(atPath: root.path("out")))
  }
}

/// Makes `root/swap` a link to a folder inside and outside, alternating as fast as it can.
private final class LinkSwapper: Sendable {
  let folder: TemporaryFolder
  let isOver = Atomic(false)
  let swaps = Atomic(0)

  init(folder: TemporaryFolder) { self.folder = folder }

  func run() {
    while !isOver.load(ordering: .relaxed) {
      let round = swaps.load(ordering: .relaxed)
      let name = folder.path("root/.swap\(round)")
      symlink(round % 2 == 0 ? "real" : folder.path("outside"), name)
      guard rename(name, folder.path("root/swap")) == 0 else { continue }
      swaps.add(1, ordering: .relaxed)
    }
  }
}
