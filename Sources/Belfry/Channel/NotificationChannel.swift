// SPDX-License-Identifier: Apache-2.0

/// A way to reach people, as pure functions without network, clock, logger or globals.
///
/// All I/O is in the transport. Therefore a dry run shows the exact bytes that would be sent, a channel is tested
/// without a network, and retries, rate limits, TLS and timeouts exist once.
public protocol NotificationChannel: Sendable {
  /// The settings of this kind in `channels.json`.
  associatedtype Settings: ChannelSettings
  /// The `kind` of these channels in `channels.json`.
  static var kind: ChannelKind { get }
  /// The service's rate limit, unless `channels.json` sets one; nil, the default, for no limit.
  static var rate: Rate? { get }
  /// What is tried first while the channel fails; a connection to the host of the request by default.
  static var probe: ChannelProbe { get }
  init(name: ChannelName, settings: Settings)
  /// The recipient, for operators: an address, an ID, a path; never a secret.
  ///
  /// Empty, the default, if there is nothing to show.
  var recipient: String { get }
  /// Turns a notice into a request for the transport.
  ///
  /// The same notice gives the same bytes.
  ///
  /// - Throws: `Uncomposable` if a required setting is empty. Without a recipient the delivery becomes a dead letter;
  ///   without a secret it waits, and the operator is alerted.
  func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing
  /// Judges the reply.
  func interpret(_ reply: Reply) -> Verdict
  /// The next step after the replies so far, for a channel that needs more than one exchange per message, for example
  /// to check whether an earlier attempt arrived, or to edit an earlier message.
  ///
  /// The default interprets the reply. It ends with a verdict, or after five exchanges.
  ///
  /// - Parameters:
  ///   - notice: The notice given to `compose`.
  ///   - replies: One per exchange so far, at least one; the first is to the result of `compose`.
  /// - Returns: the next exchange, or the verdict.
  func step(_ notice: Notice, after replies: [Reply]) -> ChannelStep
}

/// What is tried first while a channel fails, to learn whether a message is worth an attempt.
public enum ChannelProbe: Sendable, Hashable {
  /// A connection to the host that the request goes to, which is closed again at once.
  ///
  /// If it fails, no attempt is made: the message is neither composed for nothing nor counted as failed. Files, programs,
  /// and requests through a proxy have no such host; there a message is tried.
  case connection
  /// A message: nothing else shows that the service works again.
  case message
}

/// The next step of a channel for a message.
public enum ChannelStep: Sendable, Hashable {
  /// Another exchange.
  case ask(Outgoing)
  /// The final verdict.
  case settle(Verdict)
}

extension NotificationChannel {
  /// No limit.
  public static var rate: Rate? { nil }
  /// A connection.
  public static var probe: ChannelProbe { .connection }
  /// Nothing to show.
  public var recipient: String { "" }
  /// Interprets the reply.
  public func step(_ notice: Notice, after replies: [Reply]) -> ChannelStep {
    .settle(interpret(replies[replies.count - 1]))
  }
}

/// The reason why a channel cannot compose a notice.
public struct Uncomposable: Error, Sendable, Hashable {
  /// The text for `why`, `status` and dead letters.
  public var reason: Verdict.Reason
  /// Who must change something: a missing secret is the operator's to set, and the delivery waits for that; a missing
  /// recipient makes the delivery a dead letter.
  public var rejection: Verdict.Rejection
  /// Creates the error from a short code and a sentence for people.
  public init(_ code: String, _ text: String, rejection: Verdict.Rejection = .target) {
    reason = Verdict.Reason(code, text)
    self.rejection = rejection
  }
}
