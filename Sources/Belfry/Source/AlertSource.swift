// SPDX-License-Identifier: Apache-2.0

/// A place where alerts come from: it is polled regularly, and says which of its alerts are active.
///
/// It knows nothing of routes, and remembers nothing of what was sent. Belfry compares each observation with the one before,
/// so a source that simply lists what is active needs no state. A source whose poll is one request and its answer conforms to
/// ``RequestingSource`` instead, and is two pure functions.
public protocol AlertSource: Sendable {
  /// The settings of this kind in `channels.json`, besides those that every source has: `kind`, `every`, `stale`,
  /// `rename`, `set`, `drop`, `note`.
  associatedtype Settings: SourceSettings
  /// The `kind` of these sources in `channels.json`.
  static var kind: SourceKind { get }
  /// Creates a source; it does no I/O before it is polled.
  init(name: SourceName, settings: Settings)
  /// What it monitors, for operators: an address, a path; never a secret.
  ///
  /// Empty, the default, if there is nothing to show.
  var subject: String { get }
  /// Reads the source once.
  ///
  /// It ends by itself within its time limits: the next poll waits for it. What it changes in itself is kept for the next poll
  /// once the observation is in the ledger, and dropped if it cannot be written; a changed `channels.json` or a restart begins
  /// with a new value.
  ///
  /// - Parameter context: The time, and the way to send requests.
  /// - Returns: what is active. A source that cannot be read returns `.failed`: then nothing resolves.
  mutating func poll(_ context: PollContext) async -> Observation
}

extension AlertSource {
  /// Nothing to show.
  public var subject: String { "" }
}

/// A source whose poll is one request and its answer, as pure functions that are tested without a network.
public protocol RequestingSource: AlertSource {
  /// The request of every poll.
  func request() -> Outgoing
  /// Reads the answer.
  ///
  /// - Parameters:
  ///   - reply: The answer, or the reason why there is none.
  ///   - now: The time of the poll.
  /// - Returns: what is active; `.failed` for an answer that does not say so.
  mutating func read(_ reply: Reply, at now: Instant) -> Observation
}

extension RequestingSource {
  /// Sends the request and reads the answer.
  public mutating func poll(_ context: PollContext) async -> Observation {
    read(await context.send(request()), at: context.now)
  }
}

/// What a source can use while it is polled.
public struct PollContext: Sendable {
  /// The time of the poll.
  public let now: Instant
  /// The absolute path of Belfry's own audit log.
  public let auditLog: String
  private let exchange: @Sendable (Outgoing) async -> Reply

  /// Creates a context, such as for a test of a source.
  ///
  /// - Parameters:
  ///   - now: The time of the poll.
  ///   - auditLog: The absolute path of an audit log.
  ///   - exchange: Answers what the source sends.
  public init(at now: Instant, auditLog: String = "", _ exchange: @escaping @Sendable (Outgoing) async -> Reply) {
    self.now = now
    self.auditLog = auditLog
    self.exchange = exchange
  }

  /// Sends a request over HTTP or runs a program, within the request's own limits, and returns the answer.
  ///
  /// TLS, proxies and the limits of addresses are as for channels.
  public func send(_ outgoing: Outgoing) async -> Reply { await exchange(outgoing) }
}
