// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryAudit
package import BelfryConfiguration
package import BelfryLedger
internal import BelfryPolicy
package import BelfryTransport
internal import Tracing

/// Applies changes of `channels.json`; if the file is invalid, keeps the last good configuration and reports the error.
package actor Reloader {
  /// The result of a reload.
  package enum Outcome: Sendable, Hashable {
    /// The file's content is already in force.
    case unchanged(version: Int)
    /// It is in force; `waiting` are the changed keys that need a restart.
    case adopted(version: Int, waiting: [String])
    /// The last good one stays in force.
    case refused([String])
    /// It is invalid, but may be half-written: it is read again, and rejected if it stays invalid.
    case unsettled([String])
    /// It could not be applied now, and is tried again.
    case delayed(String)
  }

  /// The reason for reading the file again.
  private struct Cause: Sendable {
    var text: String
    var actor: Operator

    init(text: String, actor: Operator) {
      self.text = text
      self.actor = actor
    }

    init(_ text: String, _ way: Operator.Way) { self.init(text: text, actor: Operator(text, way)) }
  }

  private let read: @Sendable () -> ReadConfiguration
  private let takeOver: ConfigurationChange
  private let notifier: Notifier
  private let ledger: any DecisionStore & Notes
  private let live: CurrentValue<Configuration>
  private let audit: AuditLog
  private let time: any TimeSource
  private let console: Console
  private let instruments: Instruments
  private let changes: ChangeBroadcast
  /// The text in force.
  private var text: String
  private var version = 0
  private var refused: [String] = []
  private var isAlarmActive = false
  /// When an invalid file that is not rejected yet was first and last seen.
  private var doubt: (since: Instant, seen: Instant)?
  /// The other files that the last read referred to, also if their content is not in force.
  private var referenced: Set<String> = []
  /// The last reload; reloads run one after another.
  private var last: Task<Outcome, Never>?

  /// Belfry's own alert while the file's content is not in force.
  package static let alarm = AlertKey(source: .belfry, id: "configuration")
  /// The reason for a reload if another file than `channels.json` changed.
  private static let referencedFile = Cause("a file that channels.json refers to changed", .file)
  /// How long a changed file may be invalid before it is rejected, because it may be half-written.
  package static let patience = Duration.seconds(10)
  /// The keys that only take effect at startup.
  private static let fixed = ["state", "audit", "tracing"]
  private static let shownFindings = 20

  package init(
    text: String,
    read: @escaping @Sendable () -> ReadConfiguration,
    takeOver: ConfigurationChange,
    notifier: Notifier,
    ledger: any DecisionStore & Notes,
    live: CurrentValue<Configuration>,
    audit: AuditLog,
    time: any TimeSource,
    console: Console,
    instruments: Instruments = Instruments(),
    changes: ChangeBroadcast = ChangeBroadcast()
  ) {
    self.changes = changes
    self.instruments = instruments
    self.text = text
    self.read = read
    self.takeOver = takeOver
    self.notifier = notifier
    self.ledger = ledger
    self.live = live
    self.audit = audit
    self.time = time
    self.console = console
  }

  /// Records the version that the program started with, and resolves the alert about one that was rejected before.
  package func begin() async throws {
    version = try await ledger.keep(configuration: text, because: "start")
    instruments.reloaded(isGood: true, version: version, at: time.now())
    try await ledger.note(refusal: nil)
    isAlarmActive = try await ledger.record(of: Reloader.alarm)?.isActive == true
    try await endAlarm()
  }

  /// The absolute paths of the other files that `channels.json` refers to: those of the text in force, and of the last
  /// that was read.
  package var watched: Set<String> { live.current.readFiles.union(referenced) }

  /// Reads the file and applies it.
  ///
  /// - Parameters:
  ///   - cause: The reason for reading it, such as `SIGHUP`.
  ///   - actor: Who requested it, as the audit log records it.
  ///   - isForced: Whether to apply it even if its text is unchanged, because files that it names may have changed.
  ///   - patience: How long the file may have been invalid before it is rejected.
  /// - Returns: the result.
  package func reload(
    because cause: String,
    by actor: Operator,
    isForced: Bool,
    patience: Duration = .zero
  ) async -> Outcome {
    let cause = Cause(text: cause, actor: actor)
    let before = last
    let task = Task { () -> Outcome in
      _ = await before?.value
      let outcome = await self.lookWithinSpan(because: cause, isForced: isForced, patience)
      self.changes.raise()
      return outcome
    }
    last = task
    return await task.value
  }

  private func lookWithinSpan(because cause: Cause, isForced: Bool, _ patience: Duration) async -> Outcome {
    await instruments.span("reload") { span in
      let outcome = await look(because: cause, isForced: isForced, patience)
      count(outcome)
      span?.attributes["belfry.cause"] = cause.text
      span?.attributes["belfry.version"] = version
      if !outcome.isGood { span?.setStatus(SpanStatus(code: .error, message: outcome.text)) }
      return outcome
    }
  }

  private func count(_ outcome: Outcome) {
    switch outcome {
    case .unchanged(let version), .adopted(let version, _):
      instruments.reloaded(isGood: true, version: version, at: time.now())
      instruments.prepare(for: live.current)
    case .unsettled: break
    case .refused, .delayed: instruments.reloaded(isGood: false, version: nil, at: time.now())
    }
  }

  /// Whether an invalid file has been invalid for less than this.
  private func isUnsettled(within patience: Duration) -> Bool {
    let now = time.now()
    // If it was not seen for a while, or in the future because the clock was set back, this is a new occasion.
    let isSame = doubt.map { $0.seen <= now && now - $0.seen < Reloader.patience } ?? false
    let since = isSame ? doubt?.since ?? now : now
    doubt = (since, now)
    return now - since < patience
  }

  private func look(because cause: Cause, isForced: Bool, _ patience: Duration) async -> Outcome {
    let found = read()
    referenced = found.files
    do {
      guard let new = found.configuration, let newText = found.text else {
        if refused.isEmpty, isUnsettled(within: patience) { return .unsettled(found.findings) }
        return try await refuse(found.findings, because: cause)
      }
      doubt = nil
      let old = live.current
      let isSameText = newText == text
      if isSameText && !isForced && new.prints == old.prints {
        try await settle()
        return .unchanged(version: version)
      }
      let actual = isSameText && !isForced ? Reloader.referencedFile : cause
      try await takeOver.run(new)
      let waiting = Reloader.fixed.filter { !new.prints.agree(with: old.prints, on: $0) }
      version = try await ledger.keep(configuration: newText, because: actual.text)
      text = newText
      try await settle()
      say(actual, waiting)
      return .adopted(version: version, waiting: waiting)
    } catch is CancellationError {
      return .delayed("Belfry is stopping.")
    } catch {
      console.warn(
        "configuration: it could not be applied: \(error); retrying",
        .topic(.configuration),
        .error(error)
      )
      return .delayed("\(error)")
    }
  }

  private func say(_ cause: Cause, _ waiting: [String]) {
    console.say(
      "configuration: version \(version) is in force (\(cause.text))",
      .topic(.configuration),
      .number(.version, version),
      .text(.cause, cause.text)
    )
    if !waiting.isEmpty {
      console.warn(
        "configuration: restart Belfry to apply changes of \(waiting.joined(separator: " and "))",
        .topic(.configuration)
      )
    }
    audit.append([
      OperationRow(
        emittedAt: time.now(),
        actor: cause.actor,
        action: "configuration.reload",
        subject: "version \(version)"
      )
    ])
  }

  /// Records that the file's content is in force.
  private func settle() async throws {
    if !refused.isEmpty {
      try await ledger.note(refusal: nil)
      refused = []
      console.say(
        "configuration: the file is valid again, version \(version) is in force",
        .topic(.configuration),
        .number(.version, version)
      )
    }
    try await endAlarm()
  }

  private func refuse(_ findings: [String], because cause: Cause) async throws -> Outcome {
    let shown = Array(findings.prefix(Reloader.shownFindings))
    guard shown != refused else { return .refused(shown) }
    try await ledger.note(refusal: ConfigurationRefusal(at: time.now(), findings: shown))
    for finding in shown { console.fail("configuration: \(finding)", .topic(.configuration)) }
    console.fail(
      "configuration: rejected; version \(version) stays in force",
      .topic(.configuration),
      .number(.version, version),
      .text(.cause, cause.text)
    )
    audit.append([
      OperationRow(
        emittedAt: time.now(),
        actor: cause.actor,
        action: "configuration.reload",
        subject: "version \(version) stays",
        error: "refused"
      )
    ])
    // Stored first: if it cannot be sent now, it is sent after the next read.
    try await notifier.ingest([.fired(alert(shown))])
    refused = shown
    isAlarmActive = true
    return .refused(shown)
  }

  private func endAlarm() async throws {
    guard isAlarmActive else { return }
    try await notifier.ingest([.resolved(Reloader.alarm)])
    isAlarmActive = false
  }

  private func alert(_ findings: [String]) -> Alert {
    Alert(
      source: .belfry,
      id: Reloader.alarm.id,
      severity: .critical,
      category: "configuration_refused",
      title: "The new channels.json was rejected",
      detail: "Version \(version) stays in force. " + findings.prefix(3).joined(separator: " · "),
      firstSeen: time.now().iso8601
    )
  }
}

extension Reloader.Outcome {
  /// The text for the requester of the reload.
  package var text: String {
    switch self {
    case .unchanged(let version): "Nothing has changed: version \(version) is in force."
    case .adopted(let version, []): "Version \(version) is in force."
    case .adopted(let version, let waiting):
      "Version \(version) is in force; restart Belfry to apply changes of \(waiting.joined(separator: " and "))."
    case .refused(let findings): (["Rejected:"] + findings).joined(separator: "\n")
    case .unsettled(let findings): (["Invalid; it will be read again:"] + findings).joined(separator: "\n")
    case .delayed(let reason): "It could not be applied now: \(reason)"
    }
  }

  /// Whether the file's content is in force.
  package var isGood: Bool {
    switch self {
    case .unchanged, .adopted: true
    case .refused, .unsettled, .delayed: false
    }
  }
}
