// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryConfiguration
internal import BelfryOperations
internal import BelfryTransport
internal import Foundation

/// `belfry input`: how an input would read a body, without sending anything.
struct InputCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "input",
    abstract: "Show how an input would read a body, without sending anything.",
    discussion: "Exit status: 1 if the server would refuse the body or an alert in it."
  )

  @OptionGroup var file: ConfigurationOption
  @Argument(help: "The input's name in channels.json.") var name: String
  @Option(name: .customLong("file"), help: ArgumentHelp("The body; - for standard input.", valueName: "path"))
  var body: String
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let configuration = try file.load()
    let report = try report(configuration, at: SystemTime().now())
    Output.answer(report.text, json: json) { report.encode(into: &$0) }
    if !report.isGood { throw ExitStatus.badNews }
  }

  /// Reads the body as the server would.
  func report(_ configuration: Configuration, at now: Instant) throws -> InputReport {
    guard let input = configuration.input(named: name) else {
      let names = configuration.inputs.map(\.name)
      let remedy = names.isEmpty ? "Add it to \"inputs\"." : Nearest.remedy(for: name, among: names)
      throw CommandFailure("There is no input \"\(name)\" in channels.json. \(remedy)")
    }
    return InputReport(SourceText(name: body, bytes: try bytes()), for: input, configuration, at: now)
  }

  /// The body; of one that is too large, enough to notice it.
  private func bytes() throws -> [UInt8] {
    do {
      let handle = body == "-" ? FileHandle.standardInput : try FileHandle(forReadingFrom: URL(filePath: body))
      defer { handle.closeFile() }
      var bytes: [UInt8] = []
      while bytes.count <= InputMap.mostBytes, let more = try handle.read(upToCount: 1 << 16), !more.isEmpty {
        bytes += more
      }
      return bytes
    } catch {
      throw CommandFailure("\(body) cannot be read: \(error.localizedDescription)")
    }
  }
}
