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
  init(name: ChannelName, settings: Settings)
  /// Turns a notice into what the transport is to carry out.
  ///
  /// The same notice gives the same bytes.
  ///
  /// - Throws: `Uncomposable` when there is nothing to send it to, such as an empty recipient. The delivery becomes a
  /// dead letter.
  func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing
  /// Judges what came back.
  func interpret(_ reply: Reply) -> Verdict
}

/// Why a channel cannot compose a notice.
public struct Uncomposable: Error, Sendable, Hashable {
  /// What the dead letter says.
  public var reason: Verdict.Reason
  /// Creates the error from a short code and a sentence for a person.
  public init(_ code: String, _ text: String) { reason = Verdict.Reason(code, text) }
}
