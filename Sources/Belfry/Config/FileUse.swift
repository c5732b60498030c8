// SPDX-License-Identifier: Apache-2.0

/// A file named by a setting, and its use.
package struct FileUse: Sendable, Hashable {
  package enum Role: Sendable, Hashable {
    /// It is read: for example a certificate or a file of alerts.
    case read
    /// A channel appends to it.
    case journal
    /// It is run.
    case program
    /// It is read as an audit log, which may be Belfry's own.
    case auditLog
  }

  /// The path of keys to the setting.
  package var path: [String]
  /// The absolute path as written.
  package var file: String
  package var role: Role
  /// The byte offset of the value in the file.
  package var offset: Int

  /// A path without `.`, `..` and double slashes, by its text alone.
  package static func normalized(_ file: String) -> String {
    var steps: [Substring] = []
    for step in file.split(separator: "/") where step != "." {
      if step == ".." { _ = steps.popLast() } else { steps.append(step) }
    }
    return "/" + steps.joined(separator: "/")
  }
}
