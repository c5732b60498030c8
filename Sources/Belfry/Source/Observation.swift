// SPDX-License-Identifier: Apache-2.0

/// The result of polling a source once.
public struct Observation: Sendable {
  /// What the source said.
  public enum Outcome: Sendable {
    /// All its active alerts.
    case alerts(AlertSnapshot)
    /// The alerts that fire or have changed, and the ids of those that have resolved; all others are as they were.
    case changes([Alert], resolved: [String])
    /// The same as at the last poll.
    case unchanged
    /// Some of its active alerts, and why the rest could not be read; nothing resolves.
    case partial([Alert], String)
    /// It could not be read; the reason, for people. Nothing resolves.
    case failed(String)
  }

  /// What the source said.
  public var outcome: Outcome
  /// When the data was written, for a source whose data may be old; nil if it is as new as the poll.
  ///
  /// It counts only if `channels.json` sets `stale`.
  public var writtenAt: Instant?
  /// Alerts that someone should investigate now, each one a row of the audit log, for the investigators of `channels.json`.
  public var investigations: [InvestigationRequest] = []

  /// Creates an observation.
  public init(_ outcome: Outcome, writtenAt: Instant? = nil) {
    self.outcome = outcome
    self.writtenAt = writtenAt
  }

  /// All active alerts of the source; an alert that is missing has resolved.
  ///
  /// Belfry sets each alert's `source`.
  public static func active(_ alerts: [Alert]) -> Observation { Observation(.alerts(AlertSnapshot(alerts: alerts))) }
  /// The alerts that fire or have changed, and the ids of those that have resolved; all others are as they were.
  public static func changes(_ alerts: [Alert], resolved ids: [String]) -> Observation {
    Observation(.changes(alerts, resolved: ids))
  }
  /// The same as at the last poll.
  public static let unchanged = Observation(.unchanged)
  /// Some of the active alerts, and why the rest could not be read; nothing resolves.
  public static func partial(_ alerts: [Alert], because reason: String) -> Observation {
    Observation(.partial(alerts, reason))
  }
  /// The source could not be read, for a reason for people; nothing resolves.
  public static func failed(_ reason: String) -> Observation { Observation(.failed(reason)) }

  /// Whether all of it could be read.
  public var isGood: Bool { trouble == nil }

  /// The reason why not all of it could be read; nil if it could.
  public var trouble: String? {
    switch outcome {
    case .alerts, .changes, .unchanged: nil
    case .partial(_, let reason), .failed(let reason): reason
    }
  }
}

/// An alert that someone should investigate now, and what the source knows beyond it.
public struct InvestigationRequest: Sendable, Hashable {
  /// The alert.
  public var alert: Alert
  /// What the source has found, by name.
  public var details: [String: String]

  /// Creates a request.
  public init(_ alert: Alert, details: [String: String] = [:]) {
    self.alert = alert
    self.details = details
  }
}

// MARK: - From JSON

extension Observation {
  /// The observation for a text in one of the formats of the `file` source: Belfry's or Alertmanager's.
  ///
  /// A text in which nothing can be read, such as an error page of a proxy, is `.failed`. What is damaged is used as far as it
  /// can be read, and resolves nothing.
  ///
  /// - Parameters:
  ///   - text: The bytes, whose size is already limited.
  ///   - name: The text's name in messages, such as the URL.
  ///   - source: The name of the source.
  ///   - now: Alertmanager alerts that ended before this time are not active.
  public init(reading text: [UInt8], named name: String, of source: SourceName, at now: Instant) {
    self.init(of: AlertDecoding.read(SourceText(name: name, bytes: text), from: source, now: now))
  }

  /// The observation for a text whose alerts a map describes.
  ///
  /// - Parameters:
  ///   - text: The bytes, whose size is already limited.
  ///   - name: The text's name in messages, such as the URL.
  ///   - source: The name of the source.
  ///   - map: Where the alerts are, and which members become which fields.
  public init(reading text: [UInt8], named name: String, of source: SourceName, by map: AlertMap) {
    self.init(of: AlertDecoding.read(SourceText(name: name, bytes: text), from: source, by: map))
  }

  /// The observation for a text that was read; one in which nothing was readable is not an empty list.
  package init(of snapshot: AlertSnapshot) {
    if !snapshot.isComplete, snapshot.alerts.isEmpty {
      let finding = snapshot.findings.first { $0.level == .error } ?? snapshot.findings.first
      self.init(.failed(finding.map { "\($0.file):\($0.line): \($0.clause)" } ?? "it returned no list of alerts"))
    } else {
      self.init(.alerts(snapshot))
    }
  }
}

extension Finding {
  /// The message as a part of a sentence: without its period.
  fileprivate var clause: Substring { message.last == "." ? message.dropLast() : message[...] }
}

/// Recognises a text that is the same as at the last poll, so that a long one need not be parsed again.
///
/// Keep one in the source and read every text through it.
public struct UnchangedText: Sendable, Hashable {
  private var known: UInt64?

  /// Creates a value that knows no text.
  public init() {}

  /// The observation for a text: `.unchanged` if it is the one that was last read completely, else that of `read`.
  public mutating func observation(of text: [UInt8], _ read: ([UInt8]) -> Observation) -> Observation {
    var hash = StableHash()
    hash.combine(text)
    if known == hash.value { return .unchanged }
    let observation = read(text)
    // What is incomplete proves nothing, and must be read again.
    if case .alerts(let snapshot) = observation.outcome, snapshot.isComplete { known = hash.value } else { known = nil }
    return observation
  }
}
