// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryEngine
internal import BelfryImport

/// The result of an import for the person who ran it: its report, and what to do next.
struct ImportSummary: Sendable {
  private let imported: ImportedConfiguration
  private let silences: ImportedSilences?
  private let file: String
  private let folder: String

  init(_ imported: ImportedConfiguration, _ silences: ImportedSilences? = nil, file: String, folder: String) {
    self.imported = imported
    self.silences = silences
    self.file = file
    self.folder = folder
  }

  var isComplete: Bool { imported.report.isComplete && silences?.problems.isEmpty != false }

  /// The findings, the variables to fill in, and the next commands.
  var text: String {
    let report = imported.report
    let heading =
      "\(file): \(counted(imported.channelCount, "channel")), \(counted(imported.routeCount, "route")); "
      + "\(report.lost.count) not carried over, \(report.changed.count) different"
    let lost = silences?.problems ?? []
    let silenceLines = lost.isEmpty ? [] : ["Silences that are not carried over:"] + lost.map { "  \($0)" } + [""]
    return ([heading, ""] + report.lines + silenceLines + next).printedLines
  }

  private var next: [String] {
    var lines = ["Next:"]
    if !imported.variables.isEmpty {
      lines.append("  fill in \(place("belfry.env")): \(counted(imported.variables.count, "variable"))")
    }
    let command = "  sh \(place("silences.sh")) --config \(place("channels.json"))"
    let adding = (silences?.commands.count).map { ["\(command): adds \(counted($0, "silence"))"] } ?? []
    return lines + [
      "  set -a; . \(place("belfry.env")); set +a", "  belfry check --config \(place("channels.json"))",
      "  belfry explain --config \(place("channels.json")) --label alertname=NAME --label severity=critical",
      "  belfry preview --config \(place("channels.json")) --sample group",
    ] + adding
  }

  private func place(_ name: String) -> String { folder == "." ? "./\(name)" : "\(folder)/\(name)" }

  func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("channels", imported.channelCount)
      writer.member("routes", imported.routeCount)
      writer.member("complete", isComplete)
      writer.member("variables", imported.variables.map(\.name))
      writer.key("findings")
      imported.report.encode(into: &writer)
    }
  }
}
