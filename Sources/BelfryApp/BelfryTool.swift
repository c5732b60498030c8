// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryOperations
internal import Foundation

/// The command line, `belfry`.
struct BelfryTool: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "belfry",
    abstract: "Send alerts to the right people, once, and show why.",
    discussion: """
      Exit status: 0 success; 1 the check failed, or nothing was found; 2 wrong usage, an invalid channels.json, or another
      notifier is running.
      """,
    version: Version.text,
    subcommands: [
      RunCommand.self, CheckCommand.self, ExplainCommand.self, SendCommand.self, TestCommand.self,
      PreviewCommand.self, ChannelsCommand.self,
      SourcesCommand.self, AuditCommand.self, DigestCommand.self, StatusCommand.self, WhyCommand.self, AckCommand.self,
      UnackCommand.self, SilenceCommand.self, DeadCommand.self, ConfigCommand.self, CompactCommand.self,
      ImportCommand.self, InputCommand.self, MCPCommand.self,
    ]
  )

  /// Runs the command named by the arguments, and ends with the documented exit status.
  static func main() async {
    // A connection or pipe closed by its peer is an error of that one write, not the end of the program.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      leave(error)
    }
  }

  /// The library's error message, with the arguments that it repeats made safe for printing.
  private static func message(for error: any Error) -> String {
    let arguments = CommandLine.arguments.dropFirst().map(\.printableLine)
    guard arguments != Array(CommandLine.arguments.dropFirst()) else { return fullMessage(for: error) }
    do {
      _ = try parseAsRoot(arguments)
      return fullMessage(for: error).printableLine
    } catch {
      return fullMessage(for: error)
    }
  }

  private static func leave(_ error: any Error) -> Never {
    if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
    if let failure = error as? CommandFailure {
      Output.errorText(failure.description)
      Foundation.exit(ExitStatus.misuse.rawValue)
    }
    if let refusal = error as? OperationRefusal {
      Output.errorText(refusal.description)
      Foundation.exit(refusal.exitStatus.rawValue)
    }
    let status = exitCode(for: error)
    guard status != .success else { exit(withError: error) }
    Output.errorText(message(for: error))
    // Every usage error of the library has exit status 2 here.
    Foundation.exit(status == .validationFailure ? ExitStatus.misuse.rawValue : ExitStatus.badNews.rawValue)
  }
}

/// The version of this program.
enum Version {
  static let text = "0.1.0"
}

/// The meaning of exit statuses.
enum ExitStatus {
  static let badNews = ExitCode(1)
  static let misuse = ExitCode(2)
  /// The process did not stop in time after it was asked to.
  static let overdue = ExitCode(3)
}

extension OperationRefusal {
  var exitStatus: ExitCode {
    switch code {
    case .unknown, .ended: ExitStatus.badNews
    case .ambiguous, .invalid, .refused: ExitStatus.misuse
    }
  }
}

/// The reason why a command fails, for people: what happened, and what to do.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String
  init(_ text: PrintedText) { description = text.text }
}
