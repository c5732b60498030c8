// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryEngine
internal import BelfryImport

/// The result of an import for the person who ran it: its report, and what to do next.
struct ImportSummary: Sendable {
  private let imported: ImportedConfiguration
  private let file: String
  private let folder: String

  init(_ imported: ImportedConfiguration, file: String, folder: String) {
    self.imported = imported
    self.file = file
    self.folder = folder
  }

  var isComplete: Bool { imported.report.isComplete }

  /// The findings, the variables to fill in, and the next commands.
  var text: String {
    let report = imported.report
    let heading =
      "\(file): \(counted(imported.channelCount, "channel")), \(counted(imported.routeCount, "route")); "
      + "\(report.lost.count) not carried over, \(report.changed.count) different"
    return ([heading, ""] + report.lines + next).printedLines
  }

  private var next: [String] {
    var lines = ["Next:"]
    if !imported.variables.isEmpty {
      lines.append("  fill in \(place("belfry.env")): \(counted(imported.variables.count, "variable"))")
    }
    return lines + [
      "  set -a; . \(place("belfry.env")); set +a", "  belfry check --config \(place("channels.json"))",
      "  belfry explain --config \(place("channels.json")) --label alertname=NAME --label severity=critical",
    ]
  }

  private func place(_ name: String) -> String { folder == "." ? "./\(name)" : "\(folder)/\(name)" }

  func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("channels", imported.channelCount)
      writer.member("routes", imported.routeCount)
      writer.member("complete", imported.report.isComplete)
      writer.member("variables", imported.variables.map(\.name))
      writer.key("findings")
      imported.report.encode(into: &writer)
    }
  }
}
