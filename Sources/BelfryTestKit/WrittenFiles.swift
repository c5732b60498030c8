// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import Synchronization

/// Files that a `channels.json` refers to, in memory.
package final class WrittenFiles: Sendable {
  private let texts: Mutex<[String: [UInt8]]>

  /// Creates files with these contents, by absolute path.
  package init(_ texts: [String: String] = [:]) { self.texts = Mutex(texts.mapValues { Array($0.utf8) }) }

  /// Writes a file; nil removes it.
  package func write(_ text: String?, to path: String) { texts.withLock { $0[path] = text.map { Array($0.utf8) } } }

  /// The files as a configuration reads them.
  package var referenced: ReferencedFiles {
    ReferencedFiles(read: { path in
      self.texts.withLock { texts in
        texts[path].map(Result.success) ?? .failure(FileReadingProblem("\(path) does not exist", isMissing: true))
      }
    })
  }
}
