// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// Files that hold, byte for byte, what leaves the machine; reviewed as diffs.
///
/// With `BELFRY_RECORD=1` in the environment they are written anew instead of compared.
public struct Golden: Sendable {
  private let folder: URL

  /// Creates a value for the folder `Golden` beside a source file: the test's own, when nothing is said.
  public init(besides file: String = #filePath) {
    folder = URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("Golden")
  }

  /// Creates a value for a folder.
  package init(folder: URL) { self.folder = folder }

  /// Compares bytes with a golden file.
  ///
  /// - Throws: `GoldenMismatch`, which names the first line that differs.
  public func check(_ bytes: [UInt8], as name: String) throws {
    let file = folder.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["BELFRY_RECORD"] == "1" {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      return try Data(bytes).write(to: file)
    }
    guard let expected = try? [UInt8](Data(contentsOf: file)) else {
      throw GoldenMismatch(description: "there is no \(file.path); run again with BELFRY_RECORD=1.")
    }
    guard bytes != expected else { return }
    let lines = [expected, bytes].map { $0.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) }
    let line = zip(lines[0], lines[1]).prefix { $0 == $1 }.count
    let texts = lines.map { line < $0.count ? String(decoding: $0[line], as: UTF8.self).debugDescription : "the end" }
    throw GoldenMismatch(description: "\(name):\(line + 1): expected \(texts[0]), got \(texts[1])")
  }
}

/// Where what was made differs from a golden file.
public struct GoldenMismatch: Error, CustomStringConvertible {
  /// The file, the line, and both forms of it.
  public var description: String
}
