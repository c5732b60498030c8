// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryEngine
internal import BelfryTransport
internal import Foundation
internal import Logging

/// The log of `belfry run`: normal lines go to standard output, and errors that prevent its start or end it to standard
/// error, all in one format.
struct RunLog: Sendable {
  let format: LogFormat
  private let writer: LineWriter

  /// How long writing the remaining lines may take at the end.
  private static let patience = Duration.seconds(2)

  init(_ format: LogFormat) {
    self.format = format
    writer = LineWriter(to: STDOUT_FILENO) { count in
      let text = "\(count) line\(count == 1 ? "" : "s") could not be written in time and are lost"
      return LogLine(at: SystemTime().now(), .warning, text, [.topic(.log), .number(.lost, count)]).text(format)
    }
  }

  /// Queues a line for writing.
  func write(_ line: String) { writer.write(line) }

  /// Reports a finding in `channels.json` at startup.
  func report(_ finding: Finding) {
    guard format == .json else { return Output.error(PrintedText(finding.text)) }
    error(
      finding.text,
      isWarning: finding.level == .warning,
      [.topic(.configuration), .text(.file, finding.file), .number(.line, finding.line), .text(.subject, finding.path)]
    )
  }

  /// Writes the remaining lines, and turns an error into the program's exit.
  func end(with error: (any Error)?) async throws {
    await writer.close(within: RunLog.patience)
    guard let error else { return }
    guard format == .json, !(error is ExitCode) else { throw error }
    let failure = error as? CommandFailure
    self.error(failure?.description ?? RunCommand.message(for: error), isWarning: false, [.topic(.program)])
    throw failure == nil ? ExitStatus.badNews : ExitStatus.misuse
  }

  private func error(_ text: String, isWarning: Bool, _ fields: [LogField]) {
    Output.errorText(LogLine(at: SystemTime().now(), isWarning ? .warning : .error, text, fields).text(format))
  }
}
