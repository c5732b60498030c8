// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import Foundation

/// A test's own folder, removed with the last reference to it.
package final class TemporaryFolder: Sendable {
  /// The folder, without symbolic links in its path, so that tests can compare it with paths that programs return.
  package let url: URL

  package var path: String { url.path }

  /// Creates a folder with these files, each with its path below the folder.
  package init(_ files: [String: String] = [:]) throws {
    let new = FileManager.default.temporaryDirectory.appending(path: "belfry-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: new, withIntermediateDirectories: true)
    url = new.resolvingSymlinksInPath()
    for (path, text) in files { try write(text, to: path) }
  }

  deinit {
    try? FileManager.default.removeItem(at: url)  // ignored: the system clears its temporary folder
  }

  package func path(_ relative: String) -> String { url.appending(path: relative).path }

  /// Writes a file in place, and creates the folders on the way.
  package func write(_ text: String, to relative: String) throws {
    try makeFolder((relative as NSString).deletingLastPathComponent)
    try text.write(toFile: path(relative), atomically: false, encoding: .utf8)
  }

  /// Appends to a file in place, as the writer of a log does; another file would be another log.
  package func extend(_ relative: String, with text: String) throws {
    if !has(relative) { try write("", to: relative) }
    let file = try FileHandle(forWritingTo: url.appending(path: relative))
    try file.seekToEnd()
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
  }

  package func has(_ relative: String) -> Bool { FileManager.default.fileExists(atPath: path(relative)) }

  package func text(_ relative: String) throws -> String { try String(contentsOfFile: path(relative), encoding: .utf8) }

  package func makeFolder(_ relative: String) throws {
    try FileManager.default.createDirectory(atPath: path(relative), withIntermediateDirectories: true)
  }

  package func link(_ relative: String, to destination: String) throws {
    try FileManager.default.createSymbolicLink(atPath: path(relative), withDestinationPath: destination)
  }

  /// The permission bits of a file.
  package func mode(_ relative: String) throws -> UInt16 {
    let attributes = try FileManager.default.attributesOfItem(atPath: path(relative))
    return (attributes[.posixPermissions] as? NSNumber)?.uint16Value ?? 0
  }

  /// A request to append to a file, as a channel composes it.
  package func append(_ text: String, to relative: String, permissions: UInt16 = 0o600) -> Outgoing {
    let file = ConfinedPath(root: path, relative: relative)
    return .append(FileAppend(file: file, bytes: Array(text.utf8), permissions: permissions))
  }
}
