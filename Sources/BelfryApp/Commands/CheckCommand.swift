// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryPolicy

/// `belfry check`: reads channels.json like `run`, and reports everything that is wrong with it.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check channels.json and print every finding.",
    discussion: "Exit status: 0 valid, 1 warnings with --strict, 2 errors."
  )

  @OptionGroup var file: ConfigurationOption

  @Flag(help: "Fail on warnings too.")
  var strict = false

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Print the JSON Schema of channels.json for editors; check nothing.")
  var schema = false

  func run() async throws {
    if schema { return Output.json(ConfigurationSchema.text(LinkedKinds.channels, LinkedKinds.sources)) }
    let (configuration, findings) = try file.check()
    if json {
      Output.json(CheckCommand.encode(findings, isGood: configuration != nil))
    } else {
      for finding in findings { Output.error(PrintedText(finding.text)) }
      Output.text(summary(configuration, findings))
    }
    if configuration == nil { throw ExitStatus.misuse }
    if strict && !findings.isEmpty { throw ExitStatus.badNews }
  }

  private func summary(_ configuration: Configuration?, _ findings: [Finding]) -> String {
    let errors = findings.count { $0.level == .error }
    let warnings = findings.count - errors
    guard let configuration else {
      return "\(file.shownPath): \(counted(errors, "error")), \(counted(warnings, "warning"))"
    }
    let parts = [
      counted(configuration.channels.count, "channel"),
      counted(configuration.rules.table.routes.count, "route"),
      counted(configuration.sources.count, "source"),
    ]
    return "\(file.shownPath) is valid: \(parts.joined(separator: ", "))"
      + (warnings > 0 ? "; \(counted(warnings, "warning"))" : "")
  }

  private static func encode(_ findings: [Finding], isGood: Bool) -> String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("good")
    writer.bool(isGood)
    writer.key("findings")
    writer.beginArray()
    for finding in findings {
      writer.object {
        $0.member("level", finding.level.rawValue)
        $0.member("file", finding.file)
        $0.member("line", finding.line)
        $0.member("column", finding.column)
        $0.member("path", finding.path)
        $0.member("message", finding.message)
        $0.member("remedy", finding.remedy)
      }
    }
    writer.endArray()
    writer.endObject()
    return writer.text
  }
}
