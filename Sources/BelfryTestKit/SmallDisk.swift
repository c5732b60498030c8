// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// A folder on a file system of 64 KiB.
///
/// Only root can create one.
package final class SmallDisk: Sendable {
  package static let canBeMade = (try? SmallDisk()) != nil

  package let root: TemporaryFolder

  package init() throws {
    root = try TemporaryFolder()
    #if os(Linux)
    guard mount("none", root.path, "tmpfs", 0, "size=64k") == 0 else { throw POSIXError(.EPERM) }
    #else
    throw POSIXError(.ENOTSUP)
    #endif
  }

  deinit {
    #if os(Linux)
    umount2(root.path, CInt(MNT_DETACH))
    #endif
  }
}
