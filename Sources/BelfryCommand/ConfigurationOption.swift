// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import Foundation

/// `--config`, and how the file it names is read.
struct ConfigurationOption: ParsableArguments {
  @Option(name: .customLong("config"), help: ArgumentHelp("The configuration file.", valueName: "path"))
  var path = "./channels.json"

  /// A configuration file is written by hand: one that is larger is something else.
  private static let maximumBytes = 4 * 1_048_576

  /// Reads and checks the file, prints every finding on standard error, and ends with status 2 when there is an error.
  func load() throws -> Configuration {
    let (configuration, findings) = try read()
    for finding in findings { Output.error(finding.text) }
    guard let configuration else { throw ExitStatus.misuse }
    return configuration
  }

  /// Reads and checks the file.
  func read() throws -> (configuration: Configuration?, findings: [Finding]) {
    let url = URL(filePath: path).standardizedFileURL
    let reader = ConfigurationReader(registry: .linked(), environment: ProcessInfo.processInfo.environment)
    let source = SourceText(name: shownPath, bytes: try bytes(of: url))
    return reader.read(source, folder: url.deletingLastPathComponent().path)
  }

  /// The path as findings show it: without the `./` that nobody typed.
  var shownPath: String { path.hasPrefix("./") ? String(path.dropFirst(2)) : path }

  private func bytes(of url: URL) throws -> [UInt8] {
    do {
      let handle = try FileHandle(forReadingFrom: url)
      defer { handle.closeFile() }
      let data = try handle.read(upToCount: ConfigurationOption.maximumBytes + 1) ?? Data()
      guard data.count <= ConfigurationOption.maximumBytes else {
        throw CommandFailure("\(path) is larger than 4 MiB: that is no channels.json. Name another with --config.")
      }
      return [UInt8](data)
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      let exists = FileManager.default.fileExists(atPath: url.path)
      throw CommandFailure(
        exists
          ? "\(path) cannot be read: \(error.localizedDescription)"
          : "There is no \(path). Run belfry in the folder of your channels.json, or name it with --config PATH."
      )
    }
  }
}
