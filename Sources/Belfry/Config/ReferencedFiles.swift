// SPDX-License-Identifier: Apache-2.0

/// The files that `channels.json` refers to, and whose content becomes part of it.
///
/// The reader of `channels.json` does no I/O of its own: the program passes the disk, a test passes a dictionary.
package struct ReferencedFiles: Sendable {
  /// Reads the regular file at an absolute path; links are followed.
  package var read: @Sendable (_ path: String) -> Result<[UInt8], FileReadingProblem>
  /// The absolute paths that match an absolute path with `*`, `?` and `[…]`, in the order of their bytes.
  package var list: @Sendable (_ pattern: String) -> [String]

  /// Creates a view of files.
  package init(
    read: @escaping @Sendable (_ path: String) -> Result<[UInt8], FileReadingProblem>,
    list: @escaping @Sendable (_ pattern: String) -> [String] = { _ in [] }
  ) {
    self.read = read
    self.list = list
  }

  /// No files: reading any of them is a problem.
  package static let none = ReferencedFiles(read: { path in
    .failure(FileReadingProblem("\(path) does not exist", isMissing: true))
  })
}

/// Why a file cannot be read.
package struct FileReadingProblem: Error, Sendable, Hashable {
  /// A clause with the file's path: “/run/secrets/slack does not exist”.
  package let text: String
  /// Whether there is no such file.
  package let isMissing: Bool

  /// Creates a problem.
  package init(_ text: String, isMissing: Bool = false) {
    self.text = text
    self.isMissing = isMissing
  }
}
