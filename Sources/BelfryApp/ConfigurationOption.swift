// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryServer
internal import BelfryTransport
internal import Foundation

/// `--config`, and reading the file it names.
struct ConfigurationOption: ParsableArguments {
  @Option(name: .customLong("config"), help: ArgumentHelp("The configuration file.", valueName: "path"))
  var path = "./channels.json"

  /// A configuration file is written by hand: a larger one is something else.
  private static let maximumBytes = 4 * 1_048_576

  /// Reads and checks the file, prints every finding on standard error, and ends with status 2 if there is an error.
  func load() throws -> Configuration { try loadWithText().configuration }

  /// The same, and the file's text; for the server, its certificate is checked too.
  func loadWithText(
    toServe: Bool = false,
    report: (Finding) -> Void = { Output.error(PrintedText($0.text)) }
  ) throws -> (configuration: Configuration, text: String) {
    let bytes = try bytes(of: URL(filePath: absolutePath))
    let reading = toServe ? checked(bytes) : withRights(reading(bytes))
    for finding in reading.findings { report(finding) }
    guard let configuration = reading.configuration else { throw ExitStatus.misuse }
    return (configuration, String(decoding: bytes, as: UTF8.self))
  }

  /// Reads and checks the file.
  func read() throws -> (configuration: Configuration?, findings: [Finding]) {
    let reading = withRights(reading(try bytes(of: URL(filePath: absolutePath))))
    return (reading.configuration, reading.findings)
  }

  /// Reads and checks the file, and the server's certificate.
  func check() throws -> (configuration: Configuration?, findings: [Finding]) {
    let reading = checked(try bytes(of: URL(filePath: absolutePath)))
    return (reading.configuration, reading.findings)
  }

  /// Reads and checks it while Belfry is running: if it is unreadable, that is a finding too.
  func readAgain() -> ReadConfiguration { readAgain { reading($0) } }

  /// The same for a running server.
  ///
  /// If `tls` names the same files as `known`, they are not checked: the server watches them, and errors in them are no
  /// reason to reject other changes.
  func readAgainToServe(knowing known: TLSSettings?) -> ReadConfiguration { readAgain { checked($0, knowing: known) } }

  private func readAgain(_ read: ([UInt8]) -> ConfigurationReader.Reading) -> ReadConfiguration {
    do {
      let bytes = try bytes(of: URL(filePath: absolutePath))
      let reading = read(bytes)
      return ReadConfiguration(
        text: String(decoding: bytes, as: UTF8.self),
        configuration: reading.configuration,
        findings: reading.findings.map(\.text),
        files: reading.files
      )
    } catch {
      return ReadConfiguration(text: nil, configuration: nil, findings: ["\(error)"])
    }
  }

  /// The absolute path, independent of later changes of the current folder.
  var absolutePath: String { URL(filePath: path).standardizedFileURL.path }

  /// Checks a text as if it were the file's content.
  func read(_ bytes: [UInt8]) -> (configuration: Configuration?, findings: [Finding]) {
    let reading = reading(bytes)
    return (reading.configuration, reading.findings)
  }

  private func reading(_ bytes: [UInt8]) -> ConfigurationReader.Reading {
    let reader = ConfigurationReader(
      registry: LinkedKinds.channels,
      sources: LinkedKinds.sources,
      environment: ProcessInfo.processInfo.environment,
      files: .disk,
      fileIdentity: FilePlace.identity
    )
    let folder = URL(filePath: absolutePath).deletingLastPathComponent().path
    return reader.reading(SourceText(name: shownPath, bytes: bytes), folder: folder)
  }

  private func checked(
    _ bytes: [UInt8],
    knowing known: TLSSettings? = nil
  ) -> ConfigurationReader.Reading {
    var reading = withRights(reading(bytes))
    guard let tls = reading.configuration?.server?.tls, !tls.isSame(as: known) else { return reading }
    var report = Report(source: SourceText(name: shownPath, bytes: bytes), folder: "")
    tls.check(&report, at: SystemTime().now())
    if report.errorCount > 0 { reading.configuration = nil }
    reading.findings += report.findings
    return reading
  }

  /// The same, and a warning if everyone may read a file that contains secrets.
  private func withRights(_ read: ConfigurationReader.Reading) -> ConfigurationReader.Reading {
    guard read.configuration?.holdsSecrets == true else { return read }
    // A file that has disappeared needs no warning.
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: URL(filePath: absolutePath).resolvingSymlinksInPath().path
    )
    guard let mode = attributes?[.posixPermissions] as? Int, mode & 0o004 != 0 else { return read }
    var report = Report(source: SourceText(name: shownPath, bytes: []), folder: "")
    report.warning(
      "this file contains a secret, and every user of this machine can read it.",
      at: 0,
      remedy: "Run chmod 600 \(shownPath)."
    )
    var read = read
    read.findings += report.findings
    return read
  }

  /// The path as findings show it: without the `./` that nobody typed.
  var shownPath: String { path.hasPrefix("./") ? String(path.dropFirst(2)) : path }

  private func bytes(of url: URL) throws -> [UInt8] {
    do {
      let handle = try FileHandle(forReadingFrom: url)
      defer { handle.closeFile() }
      let data = try handle.read(upToCount: ConfigurationOption.maximumBytes + 1) ?? Data()
      guard data.count <= ConfigurationOption.maximumBytes else {
        throw CommandFailure(
          "\(path) is larger than 4 MiB, so it is not a channels.json. Pass another file with --config."
        )
      }
      return [UInt8](data)
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      let exists = FileManager.default.fileExists(atPath: url.path)
      throw CommandFailure(
        exists
          ? "\(path) cannot be read: \(error.localizedDescription)"
          : "\(path) does not exist. Run belfry in the folder of your channels.json, or pass --config PATH."
      )
    }
  }
}
