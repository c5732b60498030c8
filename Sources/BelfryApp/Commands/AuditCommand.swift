// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryAudit
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryTransport

/// `belfry audit`: reads and verifies the audit log.
struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Print the audit log, or verify it and check that every alert is accounted for.",
    subcommands: [AuditLogCommand.self, AuditVerifyCommand.self, AuditAnchorCommand.self],
    defaultSubcommand: AuditLogCommand.self
  )
}

/// `belfry audit log`, or `belfry audit` alone: prints the audit log, formatted or unchanged.
struct AuditLogCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "Print the audit log, one line for each delivery attempt."
  )

  @OptionGroup var file: ConfigurationOption
  @Option(help: "Only rows newer than this, such as 24h.") var since: String?
  @Option(help: "Only rows with this seam, such as notification.dispatched.") var seam: String?
  @Flag(help: "Keep printing new rows until stopped.") var follow = false
  @Flag(help: "Print the rows unchanged, as JSON.") var json = false

  func validate() throws {
    if let since, Duration(text: since) == nil {
      throw ValidationError("--since \(since) is not a duration. Write it like 90s, 30m, 24h or 7d.")
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
    abstract: "Print the number and hash of the last row, to store out of reach of anyone who can write the log.",
    discussion: """
      `belfry audit verify --anchor LINE` later checks that the log still contains that row.
      Exit status: 1 if there is no row yet.
      """
  )

  @OptionGroup var file: ConfigurationOption

  func run() async throws {
    let configuration = try file.load()
    guard let end = LogFiles.end(of: configuration.audit.path)?.end else {
      Output.error("\(configuration.audit.path) has no rows yet.")
      throw ExitStatus.badNews
    }
    Output.line("\(end.text)")
  }
}
