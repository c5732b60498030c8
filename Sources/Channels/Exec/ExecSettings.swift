// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// The settings of an `exec` channel in `channels.json`.
public struct ExecSettings: ChannelSettings {
  /// The program and its fixed arguments.
  public var command = ExecCommand()
  /// Environment variables of its own, besides those that every program gets.
  public var environment = ExecEnvironment()
  /// The program's working folder.
  public var folder = LocalPath("/")
  /// The most bytes of input.
  public var maxInput = 262_144

  /// Creates the default settings.
  public init() {}

  /// The keys of this kind.
  public static let fields: [Field<Self>] = [
    .required(
      "command",
      \.command,
      "The absolute path of the program, or a list of it and its arguments; no shell is involved.",
      example: "/usr/local/bin/page"
    ),
    .optional(
      "environment",
      \.environment,
      "Environment variables, by name. A value that refers to a variable is a secret."
    ),
    .optional("folder", \.folder, "The working folder."),
    .optional(
      "max_input",
      \.maxInput,
      in: 4_096...1_048_576,
      "The maximum size of its input in bytes; longer messages are cut, with a note.",
      example: "20000"
    ),
  ]
}
