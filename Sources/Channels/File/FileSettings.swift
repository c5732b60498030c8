// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// The settings of a `file` channel in `channels.json`.
public struct FileSettings: ChannelSettings {
  /// The format of a notice in the file.
  public enum Format: String, FieldChoice {
    /// One JSON object per line, with complete alerts, for programs.
    case jsonl
    /// Paragraphs, for people.
    case text
  }

  /// The file to append to.
  public var path = ConfinedPath()
  /// The format of a notice in the file.
  public var format = Format.jsonl
  /// The permissions of the file when it is created.
  public var mode = FilePermissions(0o600)

  /// Creates the default settings.
  public init() {}

  /// The keys of this kind.
  public static let fields: [Field<Self>] = [
    .required("path", \.path, "The file to append to; it and its folder are created.", example: "var/notices.jsonl"),
    .optional("format", \.format, "JSON, one object per line; or text."),
    .optional("mode", \.mode, "The permissions of a new file, in octal.", example: "0640"),
  ]
}
