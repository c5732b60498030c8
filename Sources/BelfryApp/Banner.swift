// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryDaemon

/// The first output of `belfry run`: its sources, channels and files.
struct Banner {
  let app: App
  let dryRunFolder: String?

  func show() {
    let configuration = app.configuration
    app.console.say("belfry \(Version.text)", .topic(.program), .text(.version, Version.text))
    if configuration.sources.isEmpty {
      app.console.warn("watching nothing: channels.json has no sources", .topic(.program))
    }
    for source in configuration.sources {
      app.console.say(
        "watching \(source.name): \(source.kindName) \(source.subject), every \(source.every(configuration.interval).text)",
        .topic(.source),
        .source(source.name),
        .text(.kind, source.kindName)
      )
    }
    for channel in configuration.channels.values.sorted(by: { $0.name < $1.name }) {
      app.console.say(
        "telling through \(channel.name): \(channel.kind)",
        .topic(.channel),
        .channel(channel.name),
        .text(.kind, channel.kind.name)
      )
    }
    if let dryRunFolder {
      app.console.say(
        "dry run: nothing leaves; what would is written into \(dryRunFolder)",
        .topic(.program),
        .text(.path, dryRunFolder)
      )
    } else {
      app.console.say(
        "keeping state in \(state), the audit log in \(configuration.audit.path)",
        .topic(.program)
      )
    }
  }

  private var state: String {
    switch app.configuration.state {
    case .memory: "memory (nothing is kept over a restart)"
    case .file(let path): path
    }
  }
}
