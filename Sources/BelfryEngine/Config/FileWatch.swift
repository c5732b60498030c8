// SPDX-License-Identifier: Apache-2.0
package import BelfryTransport
internal import Foundation
internal import ServiceLifecycle

/// Detects that one of some files has changed: in place, by replacement, or because a link on the way to it leads
/// elsewhere.
///
/// It checks every second, which costs only one system call for each file and works on every file system.
package struct FileWatch: Sendable {
  private let paths: @Sendable () async -> Set<String>
  private let time: any TimeSource
  private static let period = Duration.seconds(1)

  /// Watches one file.
  package init(_ path: String, time: any TimeSource) { self.init({ [path] }, time: time) }

  /// Watches several files; which ones may change.
  package init(_ paths: @escaping @Sendable () async -> Set<String>, time: any TimeSource) {
    self.paths = paths
    self.time = time
  }

  /// The values that change whenever the file does.
  struct Stamp: Sendable, Hashable {
    var device: UInt64
    var inode: UInt64
    var size: Int64
    var seconds: Int64
    var nanoseconds: Int64
  }

  /// Calls `changed` after each change until it is asked to stop; if `changed` returns false, it is called again.
  ///
  /// A file that joins the others counts as a change: it may have changed since it was read.
  package func run(_ changed: @escaping @Sendable () async -> Bool) async {
    await cancelWhenGracefulShutdown {
      var known = await stamps()
      while !Task.isCancelled {
        do { try await time.sleep(for: FileWatch.period) } catch { return }
        let now = await stamps()
        guard now != known else { continue }
        if await changed() { known = now }
      }
    }
  }

  private func stamps() async -> [String: Stamp?] {
    Dictionary(await paths().map { ($0, FileWatch.stamp(of: $0)) }, uniquingKeysWith: { first, _ in first })
  }

  /// Nil if there is no such file.
  static func stamp(of path: String) -> Stamp? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    #if canImport(Darwin)
    let modified = status.st_mtimespec
    #else
    let modified = status.st_mtim
    #endif
    return Stamp(
      device: UInt64(truncatingIfNeeded: status.st_dev),
      inode: UInt64(status.st_ino),
      size: Int64(status.st_size),
      seconds: Int64(modified.tv_sec),
      nanoseconds: Int64(modified.tv_nsec)
    )
  }
}
