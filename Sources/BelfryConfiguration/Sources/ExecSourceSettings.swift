// SPDX-License-Identifier: Apache-2.0
package import Belfry

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
      "The absolute path of the program, or a list of it and its arguments; no shell is involved.",
      example: "/usr/local/bin/alerts"
    ),
    .optional(
      "environment",
      \.environment,
      "Environment variables, by name. A value that refers to a variable is a secret.",
      otherwise: "PATH and LANG"
    ),
    .optional("folder", \.folder, "The working folder.", otherwise: "/"),
    .optional("timeout", \.timeout, "How long it may take.", otherwise: "10s"),
    .optional(
      "max_output",
      \.maxOutput,
      "The maximum size of its output in bytes; larger output is not read.",
      otherwise: "1048576",
      example: "65536"
    ),
    .optional("every", \.every, "How often it is run.", otherwise: SourceSettings.everyOtherwise),
    .optional("stale", \.stale, SourceSettings.staleNote, otherwise: SourceSettings.staleOtherwise),
    .optional("note", \.note, SourceSettings.yourNote, otherwise: "none"),
  ]

  package var subject: String { command.path }
}
