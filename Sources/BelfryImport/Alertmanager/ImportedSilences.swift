// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

/// Converts the silences of an Alertmanager, as its API lists them, into commands for a shell.
package struct ImportedSilences: Sendable {
  /// One command for each silence that has not ended.
  package private(set) var commands: [String] = []
  /// Why some of them are left out, with their ids.
  package private(set) var problems: [String] = []

  /// The largest answer that is read.
  package static let maximumBytes = 16 << 20

  /// Reads the answer of `GET /api/v2/silences`; nil if it is something else.
  package init?(json: [UInt8]) {
    guard let elements = JSONNode(json: json)?.elements else { return nil }
    for element in elements {
      guard ["active", "pending"].contains(element["status"]?["state"]?.string) else { continue }
      let id = element["id"]?.string ?? ""
      do throws(Unreadable) {
        commands.append(try ImportedSilences.command(element))
      } catch {
        problems.append("silence \(id.oneLine): \(error.reason)")
      }
    }
  }

  private struct Unreadable: Error {
    let reason: String
  }

  private static func command(_ node: JSONNode) throws(Unreadable) -> String {
    guard let end = node["endsAt"]?.string.flatMap({ Instant(iso8601: $0) }) else {
      throw Unreadable(reason: "its end is not a time")
    }
    var matchers: [AlertmanagerMatcher] = []
    for matcher in node["matchers"]?.elements ?? [] {
      guard let name = matcher["name"]?.string, let value = matcher["value"]?.string else {
        throw Unreadable(reason: "a matcher has no name or no value")
      }
      matchers.append(
        AlertmanagerMatcher(
          name: name,
          value: value,
          isRegex: matcher["isRegex"]?.bool ?? false,
          isEqual: matcher["isEqual"]?.bool ?? true
        )
      )
    }
    guard !matchers.isEmpty else { throw Unreadable(reason: "it has no matchers") }
    do throws(PatternError) {
      _ = try Matcher(matchers)
    } catch {
      throw Unreadable(reason: error.text)
    }
    var words = ["belfry", "silence", "add"] + matchers.map { quoted($0.text) }
    if node["status"]?["state"]?.string == "pending", let start = node["startsAt"]?.string {
      guard let start = Instant(iso8601: start) else { throw Unreadable(reason: "its start is not a time") }
      words.append("--from=\(start.iso8601)")
    }
    words.append("--until=\(end.iso8601)")
    if let author = node["createdBy"]?.string?.oneLine, !author.isEmpty { words.append(quoted("--author=\(author)")) }
    let comment = node["comment"]?.string?.oneLine ?? ""
    words.append(quoted("--comment=\(comment.isEmpty ? "imported" : comment)"))
    // The options of the person who runs it, such as --config.
    return (words + ["\"$@\""]).joined(separator: " ")
  }

  /// In single quotes, in which a shell changes nothing.
  private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }

  /// A script with the commands.
  package var script: String {
    let lines = [
      "#!/bin/sh",
      "# Adds the silences of Alertmanager. Run it once, with the options of `belfry silence add`, such as --config.",
      "set -e",
    ]
    return (lines + problems.map { "# left out: \($0)" } + commands).joined(separator: "\n") + "\n"
  }
}
