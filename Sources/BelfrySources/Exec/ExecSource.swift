// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A program, run without a shell, whose standard output lists the active alerts.
///
/// Its output counts only if it exits with status 0: partial output would end the missing alerts.
package struct ExecSource: RequestingSource {
  package static let kind: SourceKind = "exec"

  package struct Settings: SourceSettings {
    package var command = ExecCommand()
    package var environment = ExecEnvironment()
    package var folder = LocalPath("/")
    package var timeout = AttemptLimit(.seconds(10))
    package var maxOutput = 1_048_576

    package init() {}

    package static let fields: [Field<Settings>] = [
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
        in: 4_096...1_048_576,
        "The maximum size of its output in bytes; larger output is not read.",
        example: "65536"
      ),
    ]
  }

  private let name: SourceName
  private let settings: Settings
  private let redaction: Redaction

  package init(name: SourceName, settings: Settings) {
    self.name = name
    self.settings = settings
    redaction = Redaction(settings.environment.secrets + settings.command.secrets)
  }

  package var subject: String { settings.command.path }

  package func request() -> Outgoing {
    .process(
      ProcessRun(
        path: settings.command.path,
        arguments: settings.command.arguments,
        environment: settings.environment.all,
        folder: settings.folder.text,
        // The end of the output is kept: one byte more than allowed shows that there was more.
        limits: ProcessLimits(total: settings.timeout.duration, outputBytes: settings.maxOutput + 1),
        sealed: settings.command.sealed
      )
    )
  }

  package func read(_ reply: Reply, at now: Instant) -> Observation {
    switch reply {
    case .process(let reply):
      if let fault = fault(of: reply) { return .failed("\(settings.command.path) \(fault)") }
      return Observation(reading: reply.output, named: settings.command.path, of: name, at: now)
    case .failed(let failure): return .failed(failure.message)
    case .http, .mail, .appended: return .failed("\(settings.command.path) could not be run")
    }
  }

  private func fault(of reply: ProcessReply) -> String? {
    let words = reply.lastWords(redaction)
    let said = words.isEmpty ? "" : "; output: \(words)"
    switch reply.end {
    case .exited(0) where reply.output.count > settings.maxOutput:
      return "printed more than the \(settings.maxOutput) bytes of `max_output`"
    case .exited(0) where ProcessReply.lastLine(of: reply.output).isEmpty:
      return "printed nothing; with no alerts it must print []\(said)"
    case .exited(0): return nil
    case .exited(let status): return "exited with status \(status)\(said)"
    case .signalled(let signal): return "was killed by signal \(signal)\(said)"
    }
  }
}
