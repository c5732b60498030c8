// SPDX-License-Identifier: Apache-2.0
internal import Belfry

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// Identifies the file that a path leads to.
package enum FilePlace {
  /// Returns the same text for all paths that lead to one file, through links too.
  ///
  /// It reads the disk and may block.
  ///
  /// An existing file is identified by device and inode, a missing one by its folder and name.
  package static func identity(of path: String) -> String {
    var status = stat()
    if stat(path, &status) == 0 { return "\(status.st_dev):\(status.st_ino)" }
    let steps = path.split(separator: "/")
    if steps.contains("..") || steps.contains(".") { return identity(of: FileUse.normalized(path)) }
    guard let name = steps.last, steps.count > 1 else { return FileUse.normalized(path) }
    let folder = "/" + steps.dropLast().joined(separator: "/")
    return identity(of: folder) + "/" + name
  }
}
