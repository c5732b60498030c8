// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryDaemon
internal import Foundation

/// `--config`, and how the file it names is read.
struct ConfigurationOption: ParsableArguments {
  @Option(name: .customLong("config"), help: ArgumentHelp("The configuration file.", valueName: "path"))
  var path = "./channels.json"

  /// A configuration file is written by hand: one that is larger is something else.
  private static let maximumBytes = 4 * 1_048_576

  /// Reads and checks the file, prints every finding on standard error, and ends with status 2 when there is an error.
  func load() throws -> Configuration { try loadWithText().configuration }

  /// The same, and what the file says.
  func loadWithText(
    report: (Finding) -> Void = { Output.error($0.text) }
  ) throws -> (configuration: Configuration, text: String) {
    let bytes = try bytes(of: URL(filePath: absolutePath))
    let (configuration, findings) = read(bytes)
    for finding in findings { report(finding) }
    guard let configuration else { throw ExitStatus.misuse }
    return (configuration, String(decoding: bytes, as: UTF8.self))
  }

  /// Reads and checks the file.
  func read() throws -> (configuration: Configuration?, findings: [Finding]) {
    read(try bytes(of: URL(filePath: absolutePath)))
  }

  /// Reads and checks it while Belfry runs: that it cannot be read is a finding like others.
  func readAgain() -> ReadConfiguration {
    do {
      let bytes = try bytes(of: URL(filePath: absolutePath))
      let (configuration, findings) = read(bytes)
      return ReadConfiguration(
        text: String(decoding: bytes, as: UTF8.self),
        configuration: configuration,
        findings: findings.map(\.text)
      )
    } catch {
      return ReadConfiguration(text: nil, configuration: nil, findings: ["\(error)"])
    }
  }

  /// Where the file is, whatever folder is the current one later.
  var absolutePath: String { URL(filePath: path).standardizedFileURL.path }

  /// Checks a text as if the file said it.
  func read(_ bytes: [UInt8]) -> (configuration: Configuration?, findings: [Finding]) {
    let reader = ConfigurationReader(registry: .linked(), environment: ProcessInfo.processInfo.environment)
    let folder = URL(filePath: absolutePath).deletingLastPathComponent().path
    return reader.read(SourceText(name: shownPath, bytes: bytes), folder: folder)
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
