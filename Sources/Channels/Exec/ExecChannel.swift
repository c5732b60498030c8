// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// Passes each notice as JSON to a program, on its standard input.
public struct ExecChannel: NotificationChannel {
  /// The kind `exec`.
  public static let kind: ChannelKind = "exec"

  private let name: ChannelName
  private let settings: ExecSettings
  private let redaction: Redaction

  /// Creates the channel.
  public init(name: ChannelName, settings: ExecSettings) {
    self.name = name
    self.settings = settings
    redaction = Redaction(settings.environment.secrets + settings.command.secrets)
  }

  /// The program's path.
  public var recipient: String { settings.command.path }

  /// Composes one run of the program; the alert's text appears only in its input.
  public func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing {
    guard !settings.command.isEmpty else {
      throw Uncomposable("no_program", "`command` of the channel \(name) is empty.", rejection: .operator)
    }
    return .process(
      ProcessRun(
        path: settings.command.path,
        arguments: settings.command.arguments,
        environment: settings.environment.all + [EnvironmentVariable("BELFRY_DELIVERY", notice.delivery.token)],
        folder: settings.folder.text,
        input: NoticeDocument(notice.refusal == nil ? notice : notice.plainest).json(
          within: settings.maxInput - 1
        ) + [UInt8(ascii: "\n")],
        sealed: settings.command.sealed
      )
    )
  }

  /// Reads the exit status.
  public func interpret(_ reply: Reply) -> Verdict {
    switch reply {
    case .process(let ended): ExitAnswer(ended, redaction).verdict
    case .failed(let failure): Verdict(failure)
    case .http, .mail, .appended: .unexpected(reply)
    }
  }
}
