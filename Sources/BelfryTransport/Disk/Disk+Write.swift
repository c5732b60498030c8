// SPDX-License-Identifier: Apache-2.0
package import Belfry

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

extension Disk {
  /// Replaces a whole file atomically: readers see either the old or the new content, even after a power failure.
  ///
  /// Missing folders are created. An existing file is replaced and keeps its owner where possible. The new file has its
  /// permissions from the start.
  ///
  /// - Returns: nil once it is on disk.
  package func write(_ bytes: [UInt8], to path: ConfinedPath, permissions: UInt16 = 0o600) async -> TransportFailure? {
    await run(on: path.description) {
      do throws(TransportFailure) {
        let place = try ConfinedFolder(of: path)
        do throws(SystemError) {
          try replace(place.name, in: place.folder, with: bytes, permissions: permissions)
          return nil
        } catch {
          throw error.failure(at: path.description)
        }
      } catch {
        return error
      }
    }
  }
}

private func replace(
  _ name: String,
  in folder: borrowing Descriptor,
  with bytes: [UInt8],
  permissions: UInt16
) throws(SystemError) {
  let temporary = ".belfry-\(UInt64.random(in: .min ... .max)).tmp"
  do throws(SystemError) {
    let file = try folder.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, permissions: permissions)
    var old = stat()
    // Only root can change a file's owner; otherwise the writer owns it.
    if fstatat(folder.number, name, &old, AT_SYMLINK_NOFOLLOW) == 0 { _ = fchown(file.number, old.st_uid, old.st_gid) }
    try file.write(bytes)
    fchmod(file.number, mode_t(permissions))
    try file.sync()
    let number = folder.number
    _ = try SystemError.check { renameat(number, temporary, number, name) }
    try folder.sync()
  } catch {
    unlinkat(folder.number, temporary, 0)
    throw error
  }
}
