// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTransport
import BelfryTestKit
import Foundation
import Testing

@Suite("Reading and writing whole files")
struct WholeFileTests {
  private let disk = Disk()

  @Test("reads a file once, and again only when it has changed")
  func readsWhatChanged() async throws {
    let root = try TemporaryFolder()
    try root.write("one", to: "alerts.json")
    guard case .read(let bytes, let identity) = await disk.read(root.path("alerts.json"), maximumBytes: 3) else {
      Issue.record("not read")
      return
    }
    #expect(bytes == Array("one".utf8))
    #expect(await disk.read(root.path("alerts.json"), maximumBytes: 3, unless: identity) == .unchanged)
    try root.write("two", to: "new.json")
    #expect(rename(root.path("new.json"), root.path("alerts.json")) == 0)
    guard case .read(let changed, _) = await disk.read(root.path("alerts.json"), maximumBytes: 3, unless: identity)
    else {
      Issue.record("not read")
      return
    }
    #expect(changed == Array("two".utf8))
  }

  @Test("reads a file of any size up to the limit completely", arguments: [0, 1, 4095, 4096, 4097, 1_000_000])
  func sizes(_ size: Int) async throws {
    let root = try TemporaryFolder()
    let text = String(repeating: "a", count: size)
    try root.write(text, to: "file")
    guard case .read(let bytes, let identity) = await disk.read(root.path("file"), maximumBytes: size) else {
      Issue.record("not read")
      return
    }
    #expect(bytes == Array(text.utf8))
    #expect(identity.size == size)
  }

  @Test("reads a file without a known size to its end")
  func unknownSize() async throws {
    guard case .read(let bytes, _) = await disk.read("/proc/self/mountinfo", maximumBytes: 1 << 20) else {
      Issue.record("not read")
      return
    }
    #expect(bytes.last == 10)
    #expect(bytes.count > 0)
  }

  @Test("reads what a configuration refers to, and says what is missing or no file", .endsIfItHangs)
  func referenced() throws {
    let root = try TemporaryFolder()
    let files = ReferencedFiles.disk
    try root.write("secret", to: "file-b")
    try root.link("file-a", to: "file-b")
    try root.makeFolder("folder")
    #expect(mkfifo(root.path("fifo"), 0o600) == 0)
    #expect(files.read(root.path("file-a")) == .success(Array("secret".utf8)))
    let missing = FileReadingProblem("\(root.path("c")) does not exist", isMissing: true)
    #expect(files.read(root.path("c")).problem == missing)
    #expect(files.read(root.path("file-b/c")).problem?.isMissing == true)
    #expect(files.read(root.path("folder")).problem?.text == "\(root.path("folder")) is a folder, not a file")
    #expect(files.read(root.path("fifo")).problem?.isMissing == false)
    #expect(files.list(root.path("file-[ab]")) == [root.path("file-a"), root.path("file-b")])
    #expect(files.list(root.path("*.json")) == [])
  }

  @Test(
    "fails with the name of an unreadable file, and never hangs",
    .endsIfItHangs,
    arguments: [
      ("large", "larger than the 3 bytes"), ("missing", "No such file"), ("folder", "is a folder"),
      ("fifo", "not a regular file"), ("circle", "symbolic links"),
    ]
  )
  func failures(_ name: String, _ text: String) async throws {
    let root = try TemporaryFolder()
    try root.write("four", to: "large")
    try root.makeFolder("folder")
    try root.link("circle", to: "circle")
    #expect(mkfifo(root.path("fifo"), 0o600) == 0)
    guard case .failed(let failure) = await disk.read(root.path(name), maximumBytes: 3) else {
      Issue.record("read")
      return
    }
    #expect(failure.kind == .file)
    #expect(failure.message.contains(root.path(name)))
    #expect(failure.message.contains(text))
  }

  @Test("refuses a device without opening it")
  func device() async {
    guard case .failed(let failure) = await disk.read("/dev/zero", maximumBytes: 3) else {
      Issue.record("read")
      return
    }
    #expect(failure.message.contains("not a regular file"))
  }

  @Test("writes a whole file in one step, and leaves nothing beside it")
  func writes() async throws {
    let root = try TemporaryFolder()
    let path = ConfinedPath(root: root.path, relative: "mail/1.eml")
    #expect(await disk.write(Array("first, and longer".utf8), to: path) == nil)
    #expect(await disk.write(Array("second".utf8), to: path, permissions: 0o644) == nil)
    #expect(try root.text("mail/1.eml") == "second")
    #expect(try root.mode("mail/1.eml") == 0o644)
    #expect(try FileManager.default.contentsOfDirectory(atPath: root.path("mail")) == ["1.eml"])
  }

  @Test("keeps a folder in the way, and leaves nothing beside it")
  func folderInTheWay() async throws {
    let root = try TemporaryFolder()
    try root.makeFolder("here/inside")
    let failure = await disk.write([1], to: ConfinedPath(root: root.path, relative: "here"))
    #expect(failure?.kind == .file)
    #expect(try FileManager.default.contentsOfDirectory(atPath: root.path) == ["here"])
  }
}

extension Result where Failure == FileReadingProblem {
  fileprivate var problem: FileReadingProblem? { if case .failure(let problem) = self { problem } else { nil } }
}
