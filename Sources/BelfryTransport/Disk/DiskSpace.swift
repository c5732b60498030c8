// SPDX-License-Identifier: Apache-2.0
package import Belfry

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// The free space on a disk.
package struct DiskSpace: Sendable, Hashable {
  package var usedBytes: UInt64
  /// The bytes available to users other than root.
  package var freeBytes: UInt64

  package init(usedBytes: UInt64, freeBytes: UInt64) {
    self.usedBytes = usedBytes
    self.freeBytes = freeBytes
  }
}

extension Disk {
  /// The free space on the disk that holds a path.
  package func space(at path: String) async -> Result<DiskSpace, TransportFailure> {
    await run(on: path) {
      do throws(SystemError) {
        var status = statvfs()
        _ = try SystemError.check { statvfs(path, &status) }
        let block = UInt64(status.f_frsize)
        let used = UInt64(status.f_blocks) - min(UInt64(status.f_bfree), UInt64(status.f_blocks))
        return .success(DiskSpace(usedBytes: used * block, freeBytes: UInt64(status.f_bavail) * block))
      } catch {
        return .failure(error.failure(at: path))
      }
    }
  }
}
