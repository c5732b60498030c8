// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// The program `belfry`: its commands, with the kinds of channel that they know.
///
/// A program of your own that knows one kind more is these three lines:
///
/// ```swift
/// import BelfryApp
/// import Pager
/// await BelfryApp.main(channels: [PagerChannel.self] + .builtIn)
/// ```
public enum BelfryApp {
  /// Runs the command that the program's arguments name, and ends the process with the command's exit status.
  ///
  /// - Parameter channels: the kinds of channel that `channels.json` can use; each `kind` occurs once.
  public static func main(channels: [any NotificationChannel.Type] = .builtIn) async {
    await LinkedKinds.$channels.withValue(ChannelRegistry(channels)) { await BelfryTool.main() }
  }
}

/// The kinds that this run of the program knows.
///
/// Commands are created by the argument parser, which passes nothing of ours on to them.
enum LinkedKinds {
  @TaskLocal static var channels = ChannelRegistry(.builtIn)
}
