// SPDX-License-Identifier: Apache-2.0

/// A file that a setting names, and what is done with it.
package struct FileUse: Sendable, Hashable {
  package enum Role: Sendable, Hashable {
    /// It is read, such as a certificate or a file of alerts.
    case read
    /// A channel appends to it.
    case journal
    /// It is run.
    case program
  }

  /// The keys that lead to the setting.
  package var path: [String]
  /// The absolute path as it is written.
  package var file: String
  package var role: Role
  /// Where the value stands in the file.
  package var offset: Int

  /// A path without `.`, `..` and doubled slashes, by its text alone.
  package static func normalized(_ file: String) -> String {
    var steps: [Substring] = []
    for step in file.split(separator: "/") where step != "." {
      if step == ".." { _ = steps.popLast() } else { steps.append(step) }
    }
    return "/" + steps.joined(separator: "/")
  }
}
