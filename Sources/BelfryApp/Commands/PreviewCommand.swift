// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryOperations
internal import BelfryPolicy
internal import BelfryTransport
internal import Foundation

/// `belfry preview`: a message as it would be sent, without sending it.
struct PreviewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preview",
    abstract: "Show messages as they would be sent, and send nothing.",
    discussion: """
      Shows a mail, an HTTP request, a line or the input of a program, with secrets masked. No connection is opened.
      Without --channel and --route, each channel is shown. Without --alert, the message is a sample.
      Exit status: 1 if a channel cannot make the message, or a template cannot be used, or the alert is unknown.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Option(help: ArgumentHelp("Only this channel.", valueName: "name")) var channel: String?
  @Option(
    help: ArgumentHelp("The channels and the template of this route: its name, or routes[2].", valueName: "route")
  )
  var route: String?
  @Option(help: ArgumentHelp("An alert that Belfry knows: its id, or source/id.", valueName: "id")) var alert: String?
  @Option(
    help: ArgumentHelp("\(NoticeSample.allCases.map(\.rawValue).joined(separator: ", ")), or all.", valueName: "kind")
  )
  var sample: String?
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Write a file for each message into this folder.", valueName: "folder")
  )
  var output: String?
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard alert == nil || sample == nil else { throw ValidationError("Pass either --alert or --sample.") }
    guard output == nil || !json else { throw ValidationError("Pass either --output or --json.") }
    _ = try samples
  }

  func run() async throws {
    let configuration = try file.load()
    let now = SystemTime().now()
    let subjects = try await subjects(configuration)
    let previews = try places(of: subjects, configuration).flatMap { place in
      subjects.flatMap {
        MessagePreview.make($0, on: place.channels, sentBy: place.route, configuration, at: now)
      }
    }
    if let output {
      try write(previews, into: output)
    } else if json {
      Output.json(PreviewCommand.encode(previews))
    } else {
      Output.text(previews.flatMap(PreviewCommand.lines).printedLines)
    }
    if previews.contains(where: { !$0.trouble.isEmpty }) { throw ExitStatus.badNews }
  }

  /// The kinds of sample that are asked for.
  private var samples: [NoticeSample] {
    get throws {
      guard let sample else { return [.alert] }
      if sample == "all" { return NoticeSample.allCases }
      guard let kind = NoticeSample(rawValue: sample) else {
        throw ValidationError(
          "There is no kind \"\(sample)\". Write \(NoticeSample.allCases.map(\.rawValue).joined(separator: ", ")), or all."
        )
      }
      return [kind]
    }
  }

  /// The channels to show, and the route that sends there.
  private struct Place {
    var route: Route?
    var channels: [ConfiguredChannel]
  }

  /// Those that are asked for; else those of the routes that the alert takes; else every channel.
  private func places(of subjects: [MessagePreview.Subject], _ configuration: Configuration) throws -> [Place] {
    if let route {
      let route = try PreviewCommand.route(route, in: configuration)
      return [Place(route: route, channels: try channels(of: route, in: configuration))]
    }
    guard channel == nil, case .alert(let record)? = subjects.first else {
      return [Place(channels: try channels(of: nil, in: configuration))]
    }
    var memo = MatchMemo()
    let routes = configuration.rules.table.resolve(record.alert, memo: &memo).filter { !$0.to.isEmpty }
    guard !routes.isEmpty else { throw CommandFailure("No route sends this alert to a channel. Pass --channel.") }
    return try routes.map { Place(route: $0, channels: try channels(of: $0, in: configuration)) }
  }

  private func subjects(_ configuration: Configuration) async throws -> [MessagePreview.Subject] {
    guard let alert else { return try samples.map { .sample($0) } }
    try App.requireLedger(configuration)
    return try await App.asking(configuration) { ledger in
      [.alert(try await AlertReference.typed(alert).record(in: ledger, configuration))]
    }
  }

  private static func route(_ name: String, in configuration: Configuration) throws -> Route {
    let routes = configuration.rules.table.routes
    if let route = routes.first(where: { $0.name == name }) ?? routes.first(where: { $0.path == name }) { return route }
    let names = routes.prefix(20).map(\.name).joined(separator: ", ")
    throw CommandFailure("There is no route \"\(name)\". There are: \(names)\(routes.count > 20 ? ", …" : "")")
  }

  private func channels(of route: Route?, in configuration: Configuration) throws -> [ConfiguredChannel] {
    if let channel {
      guard let found = configuration.channels[ChannelName(channel)] else {
        let names = configuration.channels.keys.sorted().map(\.name).joined(separator: ", ")
        throw CommandFailure("There is no channel \"\(channel)\". There are: \(names)")
      }
      return [found]
    }
    let names = route.map { $0.to } ?? configuration.channels.keys.sorted()
    guard !names.isEmpty else { throw CommandFailure("The route \"\(route?.name ?? "")\" has no channels.") }
    return names.compactMap { configuration.channels[$0] }
  }

  private static func lines(_ preview: MessagePreview) -> [String] {
    let heading = "── \(preview.channel.name): \(preview.kind)"
    let trouble = preview.trouble.isEmpty ? [] : ["error: \(preview.trouble)"]
    let text = preview.bytes.map { String(decoding: $0, as: UTF8.self) } ?? ""
    return [heading] + trouble + text.split(separator: /\r\n|\n/, omittingEmptySubsequences: false).map(String.init)
  }

  private static func encode(_ previews: [MessagePreview]) -> String {
    var writer = JSONWriter()
    writer.array(previews) { writer, preview in
      writer.object {
        $0.member("channel", preview.channel.name)
        $0.member("kind", preview.kind)
        $0.member("text", preview.bytes.map { String(decoding: $0, as: UTF8.self) } ?? "")
        $0.member("trouble", preview.trouble)
      }
    }
    return writer.text
  }

  /// Writes `CHANNEL-KIND.ENDING` for each message that could be made.
  private func write(_ previews: [MessagePreview], into folder: String) throws {
    let place = URL(filePath: folder)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    for preview in previews {
      let name = "\(preview.channel.name)-\(preview.kind).\(preview.fileEnding)"
      if let bytes = preview.bytes {
        try Data(bytes).write(to: place.appending(path: name))
        Output.text("\(folder)/\(name)")
      }
      if !preview.trouble.isEmpty { Output.errorText("error: \(preview.channel.name): \(preview.trouble)") }
    }
  }
}
