// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A disk of a few megabytes, in memory, mounted on a separate folder; only root can have one.
struct FillableDisk {
  let folder: URL

  /// Mounts one at `folder`, which it creates, while `body` runs.
  ///
  /// - Returns: Why there is none; nil if there was one.
  static func mounted(at folder: URL, megabytes: Int, _ body: (FillableDisk) async throws -> Void) async throws
    -> String?
  {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let mount = ["mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", folder.path]
    let result = try await Tool.run(mount, in: folder.deletingLastPathComponent())
    guard result.status == 0 else { return result.output }
    do {
      try await body(FillableDisk(folder: folder))
    } catch {
      _ = try await Tool.run(["umount", "-l", folder.path], in: URL(filePath: "/"))
      throw error
    }
    try await Tool.output(["umount", "-l", folder.path], in: URL(filePath: "/"))
    return nil
  }

  private var ballast: URL { folder.appending(path: "ballast") }

  /// Fills it to the last byte.
  func fill() throws {
    try Data().write(to: ballast)
    let file = try FileHandle(forWritingTo: ballast)
    // Until there is no space left, which is the expected error.
    do { while true { try file.write(contentsOf: Data(count: 4_096)) } } catch {}
    try file.close()
  }

  /// Frees the space again.
  func empty() throws { try FileManager.default.removeItem(at: ballast) }

  func set(readOnly: Bool) async throws {
    try await Tool.output(["mount", "-o", "remount,\(readOnly ? "ro" : "rw")", folder.path], in: URL(filePath: "/"))
  }
}
