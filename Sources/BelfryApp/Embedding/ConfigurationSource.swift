// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryTransport
internal import Foundation

/// Where the configuration of an embedded Belfry comes from.
public struct ConfigurationSource: Sendable {
  private enum Origin: Sendable {
    case file(String)
    case json(String, folder: String)
  }

  private let origin: Origin

  /// A `channels.json`, by its path; it is read again when it changes.
  public static func file(_ path: String) -> ConfigurationSource {
    ConfigurationSource(origin: .file(URL(filePath: path).standardizedFileURL.path))
  }

  /// The text of a `channels.json` that the program has made, by a literal or with `JSONWriter`.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - folder: The folder that relative paths start at.
  /// - Returns: the configuration in that text.
  public static func json(_ text: String, folder: String) -> ConfigurationSource {
    ConfigurationSource(origin: .json(text, folder: URL(filePath: folder).standardizedFileURL.path))
  }

  /// The absolute path of the file; nil if there is none.
  var path: String? { if case .file(let path) = origin { path } else { nil } }

  /// Reads the configuration each time it is called.
  func reading(
    _ kinds: Kinds,
    _ environment: [String: String]
  ) -> @Sendable () -> ReadConfiguration {
    { [origin] in
      let text: String
      let folder: String
      let name: String
      switch origin {
      case .json(let given, let place): (text, folder, name) = (given, place, "configuration")
      case .file(let path):
        let url = URL(filePath: path)
        do {
          (text, folder) = (try String(contentsOf: url, encoding: .utf8), url.deletingLastPathComponent().path)
          name = url.lastPathComponent
        } catch {
          let finding = "\(path) cannot be read: \(error.localizedDescription)"
          return ReadConfiguration(text: nil, configuration: nil, findings: [finding])
        }
      }
      let reader = ConfigurationReader(
        registry: kinds.channels,
        sources: kinds.sources,
        environment: environment,
        files: .disk,
        fileIdentity: FilePlace.identity
      )
      let read = reader.reading(SourceText(name: name, bytes: Array(text.utf8)), folder: folder)
      return ReadConfiguration(
        text: text,
        configuration: read.configuration,
        findings: read.findings.map(\.text),
        files: read.files
      )
    }
  }
}
