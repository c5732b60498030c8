// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryTransport

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// Decides whether a log must begin a new file, and begins it.
///
/// The caller holds the log's lock.
enum LogTurn {

  /// Renames the log's file when it is too old or too large, and creates a new one, so that links to it keep working.
  static func turn(
    _ rotation: LogRotation,
    in place: borrowing ConfinedFolder,
    before lines: [UInt8]
  ) throws(SystemError) {
    let size: Int
    let first: [UInt8]
    do throws(SystemError) {
      let log = try place.folder.open(place.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
      try log.requireRegularFile()
      size = Int(try log.status().st_size)
      first = try log.read(beginning, at: 0)
    } catch {
      if error.code == ENOENT { return }
      throw error
    }
    let (old, new) = (day(of: first), day(of: lines))
    guard size > 0, isDue(rotation, size: size + chainedSize(of: lines), from: old, to: new) else { return }
    let names = try place.folder.names()
    let name = next(among: names, of: place.name, day: old ?? new ?? "0000-00-00")
    let folder = place.folder.number
    _ = try SystemError.check { renameat(folder, place.name, folder, name) }
    if let keep = rotation.keep {
      let rotated = RotatedName.all(of: place.name, among: names + [name])
      // A file that cannot be removed now is removed at the next rotation.
      for old in rotated.dropLast(keep) { unlinkat(folder, old, 0) }
    }
    _ = try place.openOrMake(permissions: 0o600)
    try place.folder.sync()
  }

  /// An upper estimate of the size of lines once they are chained.
  private static func chainedSize(of lines: [UInt8]) -> Int {
    lines.count + 120 * lines.count { $0 == UInt8(ascii: "\n") } + 80
  }

  private static func isDue(_ rotation: LogRotation, size: Int, from old: String?, to new: String?) -> Bool {
    if let limit = rotation.size, size > limit { return true }
    guard let every = rotation.every, let old, let new else { return false }
    let digits = every == .day ? 10 : 7
    return old.prefix(digits) != new.prefix(digits)
  }

  /// A name that sorts after the existing ones, even if the clock was set back.
  private static func next(among names: [String], of log: String, day: String) -> String {
    guard let newest = names.compactMap({ RotatedName($0, of: log) }).max(), newest.day >= day else {
      return RotatedName(day: day).text(of: log)
    }
    return RotatedName(day: newest.day, number: newest.number + 1).text(of: log)
  }

  /// The day in the first of some rows, each of which begins with `{"emitted_at":"2026-11-24`.
  private static func day(of lines: [UInt8]) -> String? {
    let day = lines.prefix(beginning).dropFirst(beginning - 10)
    return RotatedName.isDay(day) ? String(decoding: day, as: UTF8.self) : nil
  }

  private static let beginning = 25
}

extension Descriptor {
  /// The names in a folder.
  func names() throws(SystemError) -> [String] {
    // Opened again: listing moves a position that a copy of this descriptor would share.
    let listed = try SystemError.check { openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard let folder = fdopendir(listed) else {
      let code = errno
      close(listed)
      throw SystemError(code: code)
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) { name in
          name.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
        }
      )
    }
    return names
  }
}
