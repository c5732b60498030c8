// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryDaemon

/// What `belfry run` says first: what it watches, where it tells, what it keeps.
struct Banner {
  let app: App
  let dryRunFolder: String?

  func show() {
    let configuration = app.configuration
    app.console.say("belfry \(Version.text)")
    if configuration.sources.isEmpty { app.console.say("watching nothing: channels.json has no sources") }
    for source in configuration.sources {
      app.console.say(
        "watching \(source.name): \(source.kindName) \(source.subject), every \(source.every(configuration.interval).text)"
      )
    }
    for channel in configuration.channels.values.sorted(by: { $0.name < $1.name }) {
      app.console.say("telling through \(channel.name): \(channel.kind)")
    }
    if let dryRunFolder {
      app.console.say("dry run: nothing leaves; what would is written into \(dryRunFolder)")
    } else {
      app.console.say("keeping state in \(state), the audit log in \(configuration.audit.path)")
    }
  }

  private var state: String {
    switch app.configuration.state {
    case .memory: "memory (nothing is kept over a restart)"
    case .file(let path): path
    }
  }
}
