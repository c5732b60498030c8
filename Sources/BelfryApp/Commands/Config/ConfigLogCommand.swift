// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryTransport

/// `belfry config log`, or `belfry config` alone.
struct ConfigLogCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "List the versions that were in force, latest first."
  )

  @OptionGroup var file: ConfigurationOption
  @Option(help: "The maximum number to list.") var limit = 50
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let versions = try await ConfigCommand.versions(file, limit: max(0, limit))
    Output.text(
      json ? ConfigLogCommand.encode(versions) : ConfigLogCommand.text(versions, SystemTime().now()),
      isJSON: json
    )
  }

  static func text(_ versions: [ConfigurationVersion], _ now: Instant) -> String {
    guard !versions.isEmpty else { return "no versions yet: `belfry run` stores each version it uses" }
    let time = TimeText(now: now)
    return versions.enumerated().map { index, version in
      "version \(version.number): \(index == 0 ? "in force since" : "from") \(time.full(version.since)) (\(version.cause))"
    }
    .printedLines
  }

  private static func encode(_ versions: [ConfigurationVersion]) -> String {
    var writer = JSONWriter()
    writer.array(versions) { writer, version in
      writer.object {
        $0.member("version", version.number)
        $0.member("since", version.since.iso8601)
        $0.member("cause", version.cause)
      }
    }
    return writer.text
  }
}

/// `belfry config show`.
struct ConfigShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Print a version of the file."
  )

  @OptionGroup var file: ConfigurationOption
  @Argument(help: "The number of the version.") var number: Int

  func run() async throws {
    let version = try ConfigCommand.version(number, among: try await ConfigCommand.versions(file))
    Output.json(version.text.hasSuffix("\n") ? String(version.text.dropLast()) : version.text)
  }
}
