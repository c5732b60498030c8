// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryImport
internal import BelfryServer
internal import Foundation

/// The files that an import reads and writes.
enum ImportFiles {
  /// The text of a file, which may be compressed with gzip.
  static func text(of file: String) throws -> String {
    var bytes = try bytes(of: file)
    if bytes.starts(with: [0x1F, 0x8B]) { bytes = try inflated(bytes, file) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandFailure("\(file) is not UTF-8 text.")
    }
    return text
  }

  /// The content of a file, which may not be larger than the importer reads.
  private static func bytes(of file: String) throws -> [UInt8] {
    let data: Data?
    do {
      let handle = try FileHandle(forReadingFrom: URL(filePath: file))
      defer { handle.closeFile() }
      data = try handle.read(upToCount: AlertmanagerImporter.maximumBytes + 1)
    } catch {
      throw CommandFailure("\(file) cannot be read: \(error.localizedDescription)")
    }
    guard let data, data.count <= AlertmanagerImporter.maximumBytes else { throw tooLarge(file) }
    return [UInt8](data)
  }

  private static func inflated(_ bytes: [UInt8], _ file: String) throws -> [UInt8] {
    var text: [UInt8] = []
    do {
      try GzipReader().inflate(bytes) { piece in
        text += piece
        guard text.count <= AlertmanagerImporter.maximumBytes else { throw tooLarge(file) }
      }
    } catch is GzipReader.Fault {
      throw CommandFailure("\(file) is damaged: it is not a complete gzip file.")
    }
    return text
  }

  private static func tooLarge(_ file: String) -> CommandFailure {
    let limit = AlertmanagerImporter.maximumBytes >> 20
    return CommandFailure("\(file) is larger than \(limit) MiB, so it is not an alertmanager.yml.")
  }

  /// Writes the result into a folder as new files, none of which may exist already.
  static func write(
    _ imported: ImportedConfiguration,
    _ silences: ImportedSilences?,
    _ summary: ImportSummary,
    withSecrets: Bool,
    into output: String
  ) throws {
    let folder = URL(filePath: output)
    var files = [
      NewFile(name: "channels.json", text: imported.json),
      NewFile(name: "belfry.env", text: imported.environment(withValues: withSecrets), isSecret: true),
      NewFile(name: "import-report.txt", text: summary.text + "\n"),
    ]
    if let silences { files.append(NewFile(name: "silences.sh", text: silences.script)) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for file in files {
      let path = folder.appending(path: file.name).path
      guard !FileManager.default.fileExists(atPath: path) else {
        throw CommandFailure("\(path) exists already. Move it away, or pass --output FOLDER.")
      }
    }
    for file in files { try file.write(in: folder) }
  }
}

/// A file that a command creates.
private struct NewFile {
  var name: String
  var text: String
  /// Whether only its owner may read it.
  var isSecret = false

  /// Creates it; a file that exists is not touched.
  func write(in folder: URL) throws {
    let path = folder.appending(path: name).path
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, isSecret ? 0o600 : 0o644)
    guard descriptor >= 0 else { throw CommandFailure("Cannot create \(path): \(String(cString: strerror(errno)))") }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try handle.write(contentsOf: Data(text.utf8))
    try handle.close()
  }
}
