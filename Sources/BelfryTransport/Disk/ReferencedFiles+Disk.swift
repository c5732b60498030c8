// SPDX-License-Identifier: Apache-2.0
package import Belfry

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

extension ReferencedFiles {
  /// The files of this machine; reading and listing them blocks.
  package static let disk = ReferencedFiles(read: Disk.referenced, list: Disk.paths)
}

extension Disk {
  /// The largest file that may become part of a configuration: the same limit as for `channels.json`.
  private static let maximumReferencedBytes = 4 * 1_048_576

  @Sendable
  fileprivate static func referenced(_ path: String) -> Result<[UInt8], FileReadingProblem> {
    do throws(SystemError) {
      switch try readNow(path, maximumBytes: maximumReferencedBytes, unless: nil) {
      case .read(let bytes, _): return .success(bytes)
      case .failed(let failure): return .failure(FileReadingProblem(failure.message))
      case .unchanged: return .success([])
      }
    } catch {
      let isMissing = error.code == ENOENT || error.code == ENOTDIR
      let text = error.code == ENOENT ? "\(path) does not exist" : error.failure(at: path).message
      return .failure(FileReadingProblem(text, isMissing: isMissing))
    }
  }

  @Sendable
  fileprivate static func paths(matching pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    let paths = (0..<Int(found.gl_pathc)).compactMap { index in
      found.gl_pathv[index].map { String(cString: $0) }
    }
    return paths.sorted { ExactText($0) < ExactText($1) }
  }
}
