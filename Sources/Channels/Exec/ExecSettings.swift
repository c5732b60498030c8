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
  public var maxInput = ByteLimit(262_144)

  /// Creates the default settings.
  public init() {}

  /// The keys of this kind.
  public static let fields: [Field<Self>] = [
    .required(
      "command",
      \.command,
      "The program, an absolute path, and its arguments, a list; no shell reads it.",
      example: "/usr/local/bin/page"
    ),
    .optional("environment", \.environment, "Variables for it, by name; a value with a variable of ours is a secret."),
    .optional("folder", \.folder, "The folder that it works in."),
    .optional(
      "max_input",
      \.maxInput,
      "The most bytes that it is given: what is longer is cut, visibly.",
      example: "20000"
    ),
  ]
}
