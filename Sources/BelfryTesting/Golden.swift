// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// Files that record, byte for byte, what Belfry sends; changes are reviewed as diffs.
///
/// With `BELFRY_RECORD=1` in the environment they are rewritten instead of compared.
public struct Golden: Sendable {
  private let folder: URL

  /// Uses the folder `Golden` beside a source file, by default the calling test's.
  public init(besides file: String = #filePath) {
    folder = URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("Golden")
  }

  /// Uses the given folder.
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

/// The first difference between the output and a golden file.
public struct GoldenMismatch: Error, CustomStringConvertible {
  /// The file, the line, and both versions of it.
  public var description: String
}
