// SPDX-License-Identifier: Apache-2.0
package import Belfry

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// The open folder that holds a confined path's file, and the file's name in it.
///
/// `..`, absolute paths and links that lead out of the root are refused; links that stay inside are followed. The path
/// is resolved once. The result is then opened from the real root, name by name, following no link. Replacing a folder
/// with a link in between causes an error, not an escape.
package struct ConfinedFolder: ~Copyable {
  package let folder: Descriptor
  package let name: String

  /// Creates missing folders for the owner only (0700), because alerts may be confidential.
  package init(of path: ConfinedPath) throws(TransportFailure) {
    var components = try ConfinedFolder.components(of: path)
    try makeFolders(path.root)
    guard let root = realPath(path.root) else { throw SystemError(code: errno).failure(at: path.root) }
    components = try ConfinedFolder.resolve(components, of: path, below: root)
    let name = components.removeLast()
    do throws(SystemError) {
      var folder = try Descriptor.open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      for component in components {
        folder = try folder.openOrMakeFolder(component)
      }
      self.folder = folder
    } catch {
      throw error.code == ELOOP
        ? path.escape("a link in it is broken or was changed") : error.failure(at: path.description)
    }
    self.name = name
  }

  private static func components(of path: ConfinedPath) throws(TransportFailure) -> [String] {
    let relative = path.relative
    guard path.root.hasPrefix("/"), !path.root.utf8.contains(0) else {
      throw TransportFailure(.malformed, "the folder \(path.root) is not an absolute path")
    }
    guard !relative.utf8.contains(0) else { throw TransportFailure(.malformed, "the path contains a NUL") }
    guard !relative.hasPrefix("/") else { throw path.escape("it is an absolute path") }
    let components = relative.split(separator: "/").map(String.init).filter { $0 != "." }
    guard !components.contains("..") else { throw path.escape("it contains ..") }
    guard !components.isEmpty, !relative.hasSuffix("/"), !relative.hasSuffix("/.") else {
      throw TransportFailure(.file, "\(path) names a folder, not a file")
    }
    return components
  }

  /// Resolves the links in the part of the path that exists, and returns its real components below the real root.
  private static func resolve(
    _ components: [String],
    of path: ConfinedPath,
    below root: String
  ) throws(TransportFailure) -> [String] {
    let prefix = root == "/" ? "/" : root + "/"
    for count in stride(from: components.count, through: 1, by: -1) {
      guard let real = realPath(prefix + components[..<count].joined(separator: "/")) else {
        if errno == ENOENT { continue }
        throw errno == ELOOP
          ? path.escape("its links form a loop") : SystemError(code: errno).failure(at: path.description)
      }
      guard real.hasPrefix(prefix), real != prefix else { throw path.escape("a link points to \(real)") }
      return real.dropFirst(prefix.count).split(separator: "/").map(String.init) + components[count...]
    }
    return components
  }
}

extension Descriptor {
  fileprivate func openOrMakeFolder(_ name: String) throws(SystemError) -> Descriptor {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
    do throws(SystemError) {
      return try open(name, flags)
    } catch {
      guard error.code == ENOENT else { throw error }
    }
    // Another process may have created it in the meantime.
    guard mkdirat(number, name, 0o700) == 0 || errno == EEXIST else { throw SystemError(code: errno) }
    try sync()
    return try open(name, flags)
  }
}

extension ConfinedPath {
  package func escape(_ reason: String) -> TransportFailure {
    TransportFailure(.pathEscapes, "\(self) is not allowed: it must stay in \(root), and \(reason)")
  }
}

/// Creates a folder and its missing parents.
private func makeFolders(_ path: String) throws(TransportFailure) {
  var status = stat()
  if stat(path, &status) == 0 || path.isEmpty || path == "/" { return }
  try makeFolders(path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 })
  guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SystemError(code: errno).failure(at: path) }
}

/// The path without links, `.` and `..`; nil when it does not exist, with the reason in `errno`.
private func realPath(_ path: String) -> String? {
  guard let real = realpath(path, nil) else { return nil }
  defer { free(real) }
  return String(cString: real)
}
