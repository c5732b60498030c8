// SPDX-License-Identifier: Apache-2.0
import Foundation

/// An ext4 file system in a file that the kernel can be made to report as broken.
///
/// Then the kernel makes it read-only at once, also for processes with open files on it. Only root can mount one.
struct LoopDisk {
  let folder: URL
  private let image: URL

  /// Mounts one at `folder`, which it makes, while `body` runs.
  ///
  /// - Returns: Why there is none; nil when there was one.
  static func mounted(at folder: URL, megabytes: Int, _ body: (LoopDisk) async throws -> Void) async throws -> String? {
    let disk = LoopDisk(folder: folder, image: folder.appendingPathExtension("image"))
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = try await Tool.run(["truncate", "-s", "\(megabytes)M", disk.image.path], in: root)
    guard file.status == 0 else { return file.output }
    // Without a journal: there is nothing to play back when it is mounted again.
    let format = try await Tool.run(["mkfs.ext4", "-q", "-O", "^has_journal", disk.image.path], in: root)
    guard format.status == 0 else { return format.output }
    let mount = try await Tool.run(disk.mountCommand, in: root)
    guard mount.status == 0 else { return mount.output }
    do {
      if try disk.trigger() == nil {
        try await disk.unmount()
        return "this kernel has no trigger_fs_error"
      }
      try await body(disk)
    } catch {
      try await disk.unmount()
      throw error
    }
    try await disk.unmount()
    return nil
  }

  private static let root = URL(filePath: "/")
  private var mountCommand: [String] { ["mount", "-o", "loop,errors=remount-ro", image.path, folder.path] }

  private func unmount() async throws { try await Tool.output(["umount", "-l", folder.path], in: LoopDisk.root) }

  /// The file that makes the kernel report the file system as broken; nil if there is none.
  private func trigger() throws -> URL? {
    let mounts = try String(contentsOfFile: "/proc/mounts", encoding: .utf8).split(separator: "\n")
    let line = mounts.last { $0.split(separator: " ").dropFirst().first.map(String.init) == folder.path }
    guard let device = line?.split(separator: " ").first else { return nil }
    let name = URL(filePath: String(device)).lastPathComponent
    let file = URL(filePath: "/sys/fs/ext4/\(name)/trigger_fs_error")
    return FileManager.default.fileExists(atPath: file.path) ? file : nil
  }

  /// Has the kernel make it read-only.
  func fail() throws {
    guard let trigger = try trigger() else { return }
    let file = try FileHandle(forWritingTo: trigger)
    try file.write(contentsOf: Data("1".utf8))
    try file.close()
  }

  /// Mounts it again after the repair, during which no process may use it.
  func remount() async throws {
    try await Tool.output(["umount", folder.path], in: LoopDisk.root)
    // 1: what was wrong was put right.
    let check = try await Tool.run(["e2fsck", "-p", image.path], in: LoopDisk.root)
    guard check.status <= 1 else { throw Failure(description: check.output) }
    try await Tool.output(mountCommand, in: LoopDisk.root)
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }
}
