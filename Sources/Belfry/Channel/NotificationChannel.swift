// SPDX-License-Identifier: Apache-2.0

/// A way to reach someone, as two pure functions: no network, no clock, no logger, no global.
///
/// Everything that does I/O lives in the transport. That is why a dry run shows the very bytes that would leave, why a
/// channel is tested without a network, and why retry, rate limit, TLS and timeouts exist once.
public protocol NotificationChannel: Sendable {
  /// What `channels.json` holds for this kind.
  associatedtype Settings: ChannelSettings
  /// The `kind` of such a channel in `channels.json`.
  static var kind: ChannelKind { get }
  /// How much the service takes, where `channels.json` says nothing; nil, the default, for no limit.
  static var rate: Rate? { get }
  init(name: ChannelName, settings: Settings)
  /// Who gets what is sent, for a person who looks after it: an address, an id, a path; never a secret.
  ///
  /// Empty, the default, where there is nothing to say.
  var recipient: String { get }
  /// Turns a notice into what the transport is to carry out.
  ///
  /// The same notice gives the same bytes.
  ///
  /// - Throws: `Uncomposable` when a setting is empty that it needs. Without a recipient the delivery becomes a dead
  /// letter; without a secret it waits, and the operator is alerted.
  func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing
  /// Judges what came back.
  func interpret(_ reply: Reply) -> Verdict
  /// What comes after the replies so far, for a channel that needs more than one exchange for a message: to look whether
  /// it arrived the last time, to edit an earlier one.
  ///
  /// The default, for all others, is to have the reply interpreted. A verdict ends it, as do five exchanges.
  ///
  /// - Parameters:
  ///   - notice: the one that `compose` was given.
  ///   - replies: one to each exchange so far, at least one: the first to what `compose` gave.
  /// - Returns: the next exchange, or the verdict.
  func step(_ notice: Notice, after replies: [Reply]) -> ChannelStep
}

/// What a channel does next with a message.
public enum ChannelStep: Sendable, Hashable {
  /// One exchange more.
  case ask(Outgoing)
  /// That is what became of it.
  case settle(Verdict)
}

extension NotificationChannel {
  /// No limit.
  public static var rate: Rate? { nil }
  /// Nothing to say.
  public var recipient: String { "" }
  /// Interprets the reply.
  public func step(_ notice: Notice, after replies: [Reply]) -> ChannelStep {
    .settle(interpret(replies[replies.count - 1]))
  }
}

/// Why a channel cannot compose a notice.
public struct Uncomposable: Error, Sendable, Hashable {
  /// What `why`, `status` and a dead letter say.
  public var reason: Verdict.Reason
  /// Who has to change something: a missing secret is the operator's to set, and the delivery waits for that; a missing
  /// recipient makes the delivery a dead letter.
  public var rejection: Verdict.Rejection
  /// Creates the error from a short code and a sentence for a person.
  public init(_ code: String, _ text: String, rejection: Verdict.Rejection = .target) {
    reason = Verdict.Reason(code, text)
    self.rejection = rejection
  }
}
