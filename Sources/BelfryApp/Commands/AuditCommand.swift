// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryDaemon
internal import BelfryTransport

/// `belfry audit`: reads and verifies the audit log.
struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Print the audit log, or verify it and that every alert is accounted for.",
    subcommands: [AuditLogCommand.self, AuditVerifyCommand.self, AuditAnchorCommand.self],
    defaultSubcommand: AuditLogCommand.self
  )
}

/// `belfry audit log`, or `belfry audit` alone: prints the audit log, formatted or unchanged.
struct AuditLogCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "Print the audit log: one line for each attempt to deliver."
  )

  @OptionGroup var file: ConfigurationOption
  @Option(help: "Only what is no older than this, such as 24h.") var since: String?
  @Option(help: "Only rows of this seam, such as notification.dispatched.") var seam: String?
  @Flag(help: "Go on with rows as they are written, until stopped.") var follow = false
  @Flag(help: "Print the rows as they are.") var json = false

  func validate() throws {
    if let since, Duration(text: since) == nil {
      throw ValidationError("--since \(since) is not a duration; write it like 90s, 30m, 24h or 7d.")
    }
  }

  func run() async throws {
    let configuration = try file.load()
    let time = SystemTime()
    let earliest = since.flatMap { Duration(text: $0) }.map { time.now() - $0 }
    let filter = AuditFilter(earliest: earliest, seam: seam)
    var reader = AuditReader(path: configuration.audit.path)
    repeat {
      while let piece = try await reader.readPiece() {
        for bytes in piece.lines {
          let line = String(decoding: bytes, as: UTF8.self)
          guard let row = AuditLine(line), filter.takes(row) else { continue }
          json ? Output.json(line) : Output.line(PrintedText(row.text))
        }
      }
      if follow { try await time.sleep(for: .milliseconds(250)) }
    } while follow
  }
}

/// `belfry audit anchor`: the last row's number and hash, to store elsewhere.
struct AuditAnchorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "anchor",
    abstract: "Print the last row's number and hash, to be kept where nobody who may write the log can change it.",
    discussion: """
      `belfry audit verify --anchor LINE` checks later that the log still holds that row.
      Exit status: 1 when there is no row yet.
      """
  )

  @OptionGroup var file: ConfigurationOption

  func run() async throws {
    let configuration = try file.load()
    guard let end = LogFiles.end(of: configuration.audit.path)?.end else {
      Output.error("There is no row in \(configuration.audit.path) yet.")
      throw ExitStatus.badNews
    }
    Output.line("\(end.text)")
  }
}
