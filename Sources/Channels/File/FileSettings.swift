// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// What `channels.json` says of a file channel.
public struct FileSettings: ChannelSettings {
  /// How a notice is written down.
  public enum Format: String, FieldChoice {
    /// One JSON object a line, with whole alerts: for programs.
    case jsonl
    /// Paragraphs, for people.
    case text
  }

  /// The file that is appended to.
  public var path = ConfinedPath()
  /// How a notice is written down.
  public var format = Format.jsonl
  /// The permissions of the file when it is made.
  public var mode = FilePermissions(0o600)

  /// The defaults.
  public init() {}

  /// Every key of this kind.
  public static let fields: [Field<Self>] = [
    .required("path", \.path, "The file to append to; it and its folder are made.", example: "var/notices.jsonl"),
    .optional("format", \.format, "One JSON object a line, or text for people."),
    .optional("mode", \.mode, "The permissions of the file when it is made, in octal.", example: "0640"),
  ]
}
