// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import Testing

/// The visible attributes of a file while it is replaced.
private struct FileRights: Hashable {
  var mode: Int
  var owner: Int
}

@Suite(
  "The permissions of channels.json",
  .enabled(if: ProcessInfo.processInfo.environment["BELFRY_SYSTEM_TESTS"] == "1")
)
struct RollbackTests {
  /// Long, so that its replacement takes a moment.
  private static let channels =
    #"{ "channels": { "out": { "kind": "file", "path": "out.jsonl" } }, "routes": [{ "to": "out" }],"#
    + #" "server": { "listen": "127.0.0.1:0" },"# + String(repeating: " ", count: 2 << 20) + #""cooldown": "0s" }"#

  @Test("are kept by a rollback, from the first moment of the new file", arguments: [0o600, 0o640, 0o644])
  func rollback(_ mode: Int) async throws {
    let folder = try BelfryFolder(["channels.json": RollbackTests.channels])
    let path = folder.url.appending(path: "channels.json").path
    // Only root can change a file's owner.
    let owner = getuid() == 0 ? 12_345 : Int(getuid())
    let belfry = try folder.start("run")
    try await belfry.line(containing: "server: listening on")
    try folder.write(RollbackTests.channels.replacing("\"0s\"", with: "\"5m\""), to: "channels.json")
    try await belfry.line(containing: "version 2 is in force")
    try FileManager.default.setAttributes(
      [.posixPermissions: mode, .ownerAccountID: owner, .groupOwnerAccountID: getuid() == 0 ? owner : Int(getgid())],
      ofItemAtPath: path
    )
    let isOver = Atomic(false)
    let folderPath = folder.url.path
    async let seen = withCheckedContinuation { continuation in
      Thread.detachNewThread {
        var seen: Set<FileRights> = []
        while !isOver.load(ordering: .acquiring) { seen.formUnion(RollbackTests.written(in: folderPath)) }
        continuation.resume(returning: seen)
      }
    }
    let result = try await folder.run("config", "rollback", "1")
    isOver.store(true, ordering: .releasing)
    #expect(result.status == 0)
    // The umask may remove permissions until the file is complete.
    #expect(await seen.allSatisfy { $0.mode & ~mode == 0 && $0.owner == owner })
    #expect(RollbackTests.rights(of: path) == FileRights(mode: mode, owner: owner))
    #expect(folder.bytes(of: "channels.json") == Array(RollbackTests.channels.utf8))
    belfry.terminate()
    #expect(try await belfry.exit() == 0)
  }

  @Test(
    "cause a warning if everyone may read a secret in it",
    arguments: [0o600, 0o640, 0o644, 0o604]
  )
  func warning(_ mode: Int) async throws {
    for (token, isSecret) in [("xoxb-1234567890-abcdef", true), ("${SLACK_TOKEN}", false)] {
      let folder = try BelfryFolder([
        "channels.json": """
        { "channels": { "dm": { "kind": "slack-dm", "token": "\(token)", "user": "U012ABCDEF" } }, "routes": [{ "to": "dm" }] }
        """
      ])
      let path = folder.url.appending(path: "channels.json").path
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      let result = try await folder.run("check", environment: ["SLACK_TOKEN": "xoxb-1234567890-abcdef"])
      let isWarned = "\(result.output)".contains("every user of this machine can read it")
      #expect(isWarned == (isSecret && mode & 0o004 != 0))
      #expect(!"\(result.output)".contains("abcdef"))
    }
  }

  /// The permissions of the unfinished, non-empty files in a folder.
  private static func written(in folder: String) -> [FileRights] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []  // then nothing is seen
    return names.filter { $0.hasSuffix(".tmp") }.compactMap { rights(of: "\(folder)/\($0)") }
  }

  /// Nil if the file is gone, or still empty.
  private static func rights(of path: String) -> FileRights? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_size > 0 else { return nil }
    return FileRights(mode: Int(status.st_mode & 0o7777), owner: Int(status.st_uid))
  }
}
