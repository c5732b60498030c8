// SPDX-License-Identifier: Apache-2.0

/// A program that prints the active alerts.
package struct ExecSourceSettings: SourceKindSettings {
  package var command = ExecCommand()
  package var environment = ExecEnvironment()
  package var folder = LocalPath("/")
  package var timeout = AttemptLimit(.seconds(10))
  package var maxOutput = ByteLimit(1_048_576)
  package var every: Period?
  package var stale: Period?
  package var note = ""

  package init() {}

  package static let kind = "exec"
  package static let fields: [Field<ExecSourceSettings>] = [
    .required(
      "command",
      \.command,
      "The program, an absolute path, and its arguments, a list; no shell reads it.",
      example: "/usr/local/bin/alerts"
    ),
    .optional(
      "environment",
      \.environment,
      "Variables for it, by name; a value with a variable of ours is a secret.",
      otherwise: "PATH and LANG"
    ),
    .optional("folder", \.folder, "The folder that it works in.", otherwise: "/"),
    .optional("timeout", \.timeout, "How long it may take.", otherwise: "10s"),
    .optional(
      "max_output",
      \.maxOutput,
      "The most bytes that it may print: what it prints is not read when there are more.",
      otherwise: "1048576",
      example: "65536"
    ),
    .optional("every", \.every, "How often it is run.", otherwise: SourceSettings.everyOtherwise),
    .optional("stale", \.stale, SourceSettings.staleNote, otherwise: SourceSettings.staleOtherwise),
    .optional("note", \.note, SourceSettings.yourNote, otherwise: "none"),
  ]

  package var subject: String { command.path }
}
