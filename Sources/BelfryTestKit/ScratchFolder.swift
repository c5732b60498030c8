// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import Foundation

/// A folder for one test, removed with it.
package final class ScratchFolder: Sendable {
  package let path: String

  package init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("belfry-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    // Resolved, so that tests can compare it with returned paths.
    path = url.resolvingSymlinksInPath().path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  package func at(_ relative: String) -> String { path + "/" + relative }

  package func append(_ text: String, to relative: String, permissions: UInt16 = 0o600) -> Outgoing {
    let file = ConfinedPath(root: path, relative: relative)
    return .append(FileAppend(file: file, bytes: Array(text.utf8), permissions: permissions))
  }

  package func write(_ text: String, to relative: String) throws {
    try text.write(toFile: at(relative), atomically: false, encoding: .utf8)
  }

  package func has(_ relative: String) -> Bool { FileManager.default.fileExists(atPath: at(relative)) }

  package func text(_ relative: String) throws -> String { try String(contentsOfFile: at(relative), encoding: .utf8) }

  /// The permission bits.
  package func mode(_ relative: String) throws -> UInt16 {
    let attributes = try FileManager.default.attributesOfItem(atPath: at(relative))
    return (attributes[.posixPermissions] as? NSNumber)?.uint16Value ?? 0
  }

  package func makeFolder(_ relative: String) throws {
    try FileManager.default.createDirectory(atPath: at(relative), withIntermediateDirectories: true)
  }

  package func link(_ relative: String, to destination: String) throws {
    try FileManager.default.createSymbolicLink(atPath: at(relative), withDestinationPath: destination)
  }
}

/// Runs blocking work on its own thread, and waits for it.
package func onThread(_ body: @escaping @Sendable () -> Void) async {
  await withCheckedContinuation { continuation in
    Thread.detachNewThread {
      body()
      continuation.resume()
    }
  }
}
