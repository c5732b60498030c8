// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// The name that a log's file gets when a new one is begun: `audit.2026-11-24.jsonl`, then `audit.2026-11-24.2.jsonl`.
package struct RotatedName: Sendable, Hashable, Comparable {
  /// The day of the file's first row, as in `2026-11-24`.
  package var day: String
  /// Which file of that day it is, from 1.
  package var number: Int

  package init(day: String, number: Int = 1) {
    self.day = day
    self.number = number
  }

  /// Reads a name; nil when it is another.
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

  /// The log's name before and from its last point.
  private static func parts(of log: String) -> (stem: String, ending: String) {
    guard let point = log.lastIndex(of: "."), point != log.startIndex else { return (log, "") }
    return (String(log[..<point]), String(log[point...]))
  }

  /// Whether it is written like `2026-11-24`.
  static func isDay(_ text: some Collection<UInt8>) -> Bool {
    text.count == 10
      && text.enumerated().allSatisfy { index, byte in
        index == 4 || index == 7
          ? byte == UInt8(ascii: "-") : (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      }
  }

  /// The files that were rotated away from a log and are still there, by name, the oldest first.
  package static func all(of log: String, among names: [String]) -> [String] {
    names.compactMap { RotatedName($0, of: log) }.sorted().map { $0.text(of: log) }
  }
}

/// The files of a log.
package enum LogFiles {
  /// The absolute paths of all its files that are there, the oldest first and the one that is written to last.
  package static func paths(of log: String) -> [String] {
    let url = real(log)
    let folder = url.deletingLastPathComponent().path
    // A folder that cannot be listed is as one that holds nothing: what reads the log then says that it cannot be read.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let rotated = RotatedName.all(of: url.lastPathComponent, among: names)
    return rotated.map { folder + "/" + $0 } + [url.path]
  }

  /// What is noted beside a log as its last row.
  package static func end(of log: String) -> EndNote.Content? {
    FileManager.default.contents(atPath: EndNote.name(of: real(log).path)).flatMap { EndNote.read([UInt8]($0)) }
  }

  /// Where the log really is: what lies beside it lies beside the file that a link leads to.
  private static func real(_ log: String) -> URL { URL(filePath: log).resolvingSymlinksInPath() }
}
