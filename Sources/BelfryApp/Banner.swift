// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine

/// The first output of `belfry run`: its sources, channels and files.
struct Banner {
  let app: App
  let dryRunFolder: String?

  func show() {
    let configuration = app.configuration
    app.console.say("belfry \(Version.text)", .topic(.program), .text(.version, Version.text))
    if configuration.sources.isEmpty {
      app.console.warn("no sources: channels.json names none", .topic(.program))
    }
    for source in configuration.sources {
      app.console.say(
        "source \(source.name) (\(words(source))), read every \(source.every(configuration.interval).text)",
        .topic(.source),
        .source(source.name),
        .text(.kind, source.kind.name)
      )
    }
    for channel in configuration.channels.values.sorted(by: { $0.name < $1.name }) {
      app.console.say(
        "channel \(channel.name) (\(channel.kind))",
        .topic(.channel),
        .channel(channel.name),
        .text(.kind, channel.kind.name)
      )
    }
    if let dryRunFolder {
      app.console.say(
        "dry run: nothing is sent; messages are written to \(dryRunFolder)",
        .topic(.program),
        .text(.path, dryRunFolder)
      )
    } else {
      app.console.say(
        "ledger \(state), audit log \(configuration.audit.path)",
        .topic(.program)
      )
    }
  }

  /// The kind of a source, and what it monitors.
  private func words(_ source: ConfiguredSource) -> String {
    [source.kind.name, source.subject].filter { !$0.isEmpty }.joined(separator: " ")
  }

  private var state: String {
    switch app.configuration.state {
    case .memory: "in memory (lost on restart)"
    case .file(let path): path
    }
  }
}
