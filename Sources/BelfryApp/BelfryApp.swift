// SPDX-License-Identifier: Apache-2.0
public import Belfry
internal import BelfrySources

/// The program `belfry`: its commands, with the kinds of channel and source that they know.
///
/// A program of your own that knows one kind more is these three lines:
///
/// ```swift
/// import BelfryApp
/// import Pager
/// await BelfryApp.main(channels: [PagerChannel.self] + .builtIn)
/// ```
///
/// With `sources: [IncidentSource.self] + .builtIn` it knows one kind of source more.
public enum BelfryApp {
  /// Runs the command that the program's arguments name, and ends the process with the command's exit status.
  ///
  /// - Parameters:
  ///   - channels: The kinds of channel that `channels.json` can use; each `kind` occurs once.
  ///   - sources: The kinds of source that it can use; each `kind` occurs once.
  public static func main(
    channels: [any NotificationChannel.Type] = .builtIn,
    sources: [any AlertSource.Type] = .builtIn
  ) async {
    let kinds = Kinds(channels: ChannelRegistry(channels), sources: SourceRegistry(sources))
    await LinkedKinds.$current.withValue(kinds) { await BelfryTool.main() }
  }
}

extension [any AlertSource.Type] {
  /// The kinds of source that Belfry comes with.
  public static var builtIn: [any AlertSource.Type] { BuiltInSources.all }
}

/// The kinds of channel and source that a program knows.
struct Kinds: Sendable {
  var channels = ChannelRegistry(.builtIn)
  var sources = SourceRegistry(.builtIn)
}

/// The kinds that this run of the program knows.
///
/// Commands are created by the argument parser, which passes nothing of ours on to them.
enum LinkedKinds {
  @TaskLocal static var current = Kinds()

  static var channels: ChannelRegistry { current.channels }
  static var sources: SourceRegistry { current.sources }
}
