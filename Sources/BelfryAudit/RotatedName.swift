// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// The name of a rotated log file: `audit.2026-11-24.jsonl`, then `audit.2026-11-24.2.jsonl`.
package struct RotatedName: Sendable, Hashable, Comparable {
  /// The day of the file's first row, as in `2026-11-24`.
  package var day: String
  /// The file's number on that day, from 1.
  package var number: Int

  package init(day: String, number: Int = 1) {
    self.day = day
    self.number = number
  }

  /// Parses a name; nil if it is not that of a rotated file of the log.
  package init?(_ name: String, of log: String) {
    let (stem, ending) = RotatedName.parts(of: log)
    guard name.hasPrefix(stem + "."), name.hasSuffix(ending), name.utf8.count > stem.utf8.count + 1 + ending.utf8.count
    else { return nil }
    let parts = name.dropFirst(stem.count + 1).dropLast(ending.count).split(
      separator: ".",
      omittingEmptySubsequences: false
    )
    guard let day = parts.first, RotatedName.isDay(day.utf8) else { return nil }
    switch parts.count {
    case 1: self.init(day: String(day))
    case 2:
      guard let number = Int(parts[1]), number >= 2, String(number) == parts[1] else { return nil }
      self.init(day: String(day), number: number)
    default: return nil
    }
  }

  package func text(of log: String) -> String {
    let (stem, ending) = RotatedName.parts(of: log)
    return stem + "." + day + (number == 1 ? "" : ".\(number)") + ending
  }

  package static func < (left: RotatedName, right: RotatedName) -> Bool {
    (left.day, left.number) < (right.day, right.number)
  }

  /// The log's name before its last dot, and from it on.
  private static func parts(of log: String) -> (stem: String, ending: String) {
    guard let point = log.lastIndex(of: "."), point != log.startIndex else { return (log, "") }
    return (String(log[..<point]), String(log[point...]))
  }

  /// Whether the text has the form `2026-11-24`.
  static func isDay(_ text: some Collection<UInt8>) -> Bool {
    text.count == 10
      && text.enumerated().allSatisfy { index, byte in
        index == 4 || index == 7
          ? byte == UInt8(ascii: "-") : (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      }
  }

  /// The rotated files of a log that still exist, by name, oldest first.
  package static func all(of log: String, among names: [String]) -> [String] {
    names.compactMap { RotatedName($0, of: log) }.sorted().map { $0.text(of: log) }
  }
}

/// The files of a log.
package enum LogFiles {
  /// The absolute paths of all its existing files, oldest first and the current one last.
  package static func paths(of log: String) -> [String] {
    let url = real(log)
    let folder = url.deletingLastPathComponent().path
    // A folder that cannot be listed counts as empty; reading the log then reports that it cannot be read.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let rotated = RotatedName.all(of: url.lastPathComponent, among: names)
    return rotated.map { folder + "/" + $0 } + [url.path]
  }

  /// The content of the note beside a log.
  package static func end(of log: String) -> EndNote.Content? {
    FileManager.default.contents(atPath: EndNote.name(of: real(log).path)).flatMap { EndNote.read([UInt8]($0)) }
  }

  /// The log's real path: its note and rotated files are beside the file that a link leads to.
  private static func real(_ log: String) -> URL { URL(filePath: log).resolvingSymlinksInPath() }
}
