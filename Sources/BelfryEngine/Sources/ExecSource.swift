// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryTransport

/// A program, run without a shell, whose standard output lists the active alerts.
///
/// Its output counts only if it exits with status 0: partial output would end the missing alerts.
package struct ExecSource: AlertSource {
  package let name: SourceName
  private let settings: ExecSourceSettings
  private let redaction: Redaction
  private let carrier: any Carrying
  private let limits: AlertLimits

  package init(
    name: SourceName,
    settings: ExecSourceSettings,
    carrier: any Carrying,
    limits: AlertLimits = .standard
  ) {
    self.name = name
    self.settings = settings
    redaction = Redaction(settings.environment.secrets + settings.command.secrets)
    self.carrier = carrier
    self.limits = limits
  }

  package func observe(since memory: SourceMemory?, at now: Instant) async -> Observation {
    switch await carrier.carryOut(.process(run)) {
    case .process(let reply): read(reply, at: now)
    case .failed(let failure): Observation(.failed(failure.message))
    case .http, .mail, .appended: Observation(.failed("\(settings.command.path) could not be run"))
    }
  }

  private var run: ProcessRun {
    ProcessRun(
      path: settings.command.path,
      arguments: settings.command.arguments,
      environment: settings.environment.all,
      folder: settings.folder.text,
      // The end of the output is kept: one byte more than allowed shows that there was more.
      limits: ProcessLimits(total: settings.timeout.duration, outputBytes: settings.maxOutput.bytes + 1),
      sealed: settings.command.sealed
    )
  }

  /// The observation for the program's exit and output.
  private func read(_ reply: ProcessReply, at now: Instant) -> Observation {
    if let fault = fault(of: reply) { return Observation(.failed("\(settings.command.path) \(fault)")) }
    let source = SourceText(name: settings.command.path, bytes: reply.output)
    return Observation(of: AlertDecoding.read(source, from: name, now: now, limits: limits))
  }

  private func fault(of reply: ProcessReply) -> String? {
    let words = reply.lastWords(redaction)
    let said = words.isEmpty ? "" : "; output: \(words)"
    switch reply.end {
    case .exited(0) where reply.output.count > settings.maxOutput.bytes:
      return "printed more than the \(settings.maxOutput.bytes) bytes of `max_output`"
    case .exited(0) where ProcessReply.lastLine(of: reply.output).isEmpty:
      return "printed nothing; with no alerts it must print []\(said)"
    case .exited(0): return nil
    case .exited(let status): return "exited with status \(status)\(said)"
    case .signalled(let signal): return "was killed by signal \(signal)\(said)"
    }
  }
}
