// SPDX-License-Identifier: Apache-2.0

/// A notification to send through a channel: its alerts, and the reason for it.
public struct Notice: Sendable, Hashable {
  /// The kind of message, and its alerts.
  public enum Content: Sendable, Hashable {
    /// One alert that started to fire.
    case alert(Alert)
    /// Many alerts that started at once, in one message; most severe first.
    case burst([Alert])
    /// The alerts collected for a digest; most severe first.
    case digest(name: String, [Alert])
    /// Alerts held back by a cooldown that are still firing; `ended` more came and went in the meantime.
    case followup([Alert], ended: Int)
    /// The news of a group of alerts, most severe first; `flags` says which of them have ended.
    ///
    /// `name` is what they share (`cluster=eu`), and may be empty; `firing` alerts of the group are still firing, and
    /// `ended` more came and went since its last message.
    case group(name: String, [Alert], firing: Int, ended: Int = 0)
    /// Alerts sent a while ago that are still firing; most severe first.
    case reminder([Alert])
    /// An alert that starts and stops too often to be sent each time.
    case flapping(Alert)
    /// An alert that was sent and no longer fires.
    case resolved(Alert)
    /// A synthetic alert for testing a channel.
    case test(Alert)
  }

  /// Additional information about an alert in the notice.
  public struct AlertFlags: Sendable, Hashable {
    /// Whether it no longer fires.
    public var isResolved: Bool
    /// Whether it starts and stops repeatedly.
    public var isFlapping: Bool
    /// How often it started to fire since it was last sent.
    public var firings: Int
    /// How long it fired before it resolved; nil if it still fires, or if that is unknown.
    public var firedFor: Duration?
    /// The changes that show that it is flapping; nil if it is not, or if they are unknown.
    public var changes: Changes?
    /// When Belfry saw it start to fire; nil if that is unknown.
    ///
    /// `Alert.firstSeen` is what its source says.
    public var since: Instant?
    /// Who acknowledged it; empty if nobody did.
    public var acknowledgedBy: String

    /// How often an alert fired or resolved in a period.
    public struct Changes: Sendable, Hashable {
      /// The number of changes.
      public var count: Int
      /// The time from the first to the last of them.
      public var period: Duration

      /// Creates a count of changes in a period.
      public init(count: Int, period: Duration) {
        self.count = count
        self.period = period
      }
    }

    /// Creates flags; without arguments, those without additional information.
    public init(
      isResolved: Bool = false,
      isFlapping: Bool = false,
      firings: Int = 1,
      firedFor: Duration? = nil,
      changes: Changes? = nil,
      since: Instant? = nil,
      acknowledgedBy: String = ""
    ) {
      self.isResolved = isResolved
      self.isFlapping = isFlapping
      self.firings = firings
      self.firedFor = firedFor
      self.changes = changes
      self.since = since
      self.acknowledgedBy = acknowledgedBy
    }
  }

  /// Another channel that should have delivered this and failed.
  public struct Forwarding: Sendable, Hashable {
    /// The channel that failed.
    public var from: ChannelName
    /// The reason why it failed.
    public var reason: Verdict.Reason
    /// When the failed channel's message was made.
    public var since: Instant
    /// The reason code if the channel did not fail, but another channel delivered the start of the alert.
    package static let startedElsewhere = "told_elsewhere"
    /// The text for a message.
    package var words: String {
      reason.code == Forwarding.startedElsewhere
        ? "sent here instead of \(from), because the first message about it was sent here"
        : "sent here because \(from) failed: \(reason.clause)"
    }
    /// Describes a channel that failed.
    public init(from channel: ChannelName, because reason: Verdict.Reason, since: Instant) {
      self.from = channel
      self.reason = reason
      self.since = since
    }
  }

  /// How long a message waited before this attempt, and why.
  public struct Delay: Sendable, Hashable {
    /// The time since it was made.
    public var duration: Duration
    /// The reason as a clause: “the service answered 503”.
    public var reason: String
    /// Creates a delay.
    public init(_ duration: Duration, because reason: String) {
      self.duration = duration
      self.reason = reason
    }
  }

  /// Links for acknowledging its alerts without signing in.
  public struct Acknowledging: Sendable, Hashable {
    /// The server's address, without a trailing slash: an absolute `http` or `https` URL without a path.
    public var home: String
    /// A link for each alert that can be acknowledged.
    ///
    /// It is an absolute ASCII URL that contains nothing that would end a link in HTML, Slack or mail. Anyone who has
    /// the link may use it, so it must only appear in the message.
    public var links: [AlertKey: String]
    /// Creates a value; without links by default.
    public init(home: String, links: [AlertKey: String] = [:]) {
      self.home = home
      self.links = links
    }
  }

  /// The ID of the delivery, the same on every attempt, by which receivers recognise a repeat.
  public var delivery: DeliveryID
  /// The channel it goes to.
  public var channel: ChannelName
  /// The kind of message and its alerts.
  public var content: Content
  /// Additional information about some of its alerts.
  public var flags: [AlertKey: AlertFlags]
  /// The reason for the message, in a few words: the event, and the deciding rule.
  public var reason: String
  /// The route that sent it, such as `routes[2]`; empty if none did.
  public var route: String
  /// The number of other alerts currently held back.
  public var suppressed: Int
  /// The time of this attempt.
  public var sentAt: Instant
  /// The system's name in messages.
  public var product: String
  /// The base URL for relative `link`s of alerts, without a trailing slash; empty if there is none.
  public var cockpit: String
  /// The receipts of earlier messages about the same alert on this channel, first one first.
  public var earlier: [Receipt]
  /// The channels that should have delivered this and failed, first one first.
  public var forwardings: [Forwarding] = []
  /// The delay, if it was longer than readers expect; otherwise nil.
  public var delay: Delay?
  /// The reason why the service refused this message before; it must now be composed in its plainest form.
  ///
  /// Nil if it was not refused.
  public var refusal: Verdict.Reason?
  /// Whether the previous attempt may have arrived, because its answer was lost or its process was killed; check for
  /// the message first if the service permits.
  public var isInDoubt = false
  /// The current state of alerts that earlier messages of the same group or burst contained, without those of
  /// `content`; most severe first.
  ///
  /// A message that is edited must contain these too.
  public var alreadySent: [Alert] = []
  /// The group that the message is about; nil if it is about none.
  public var group: GroupIdentity?
  /// Links for acknowledging its alerts; nil if the server has no public address.
  public var acknowledging: Acknowledging?
  /// The result of earlier attempts at this delivery that reached some of its recipients (`Verdict.partial`); nil if
  /// they reached nobody.
  public var progress: Receipt?
  /// The text that a template of `channels.json` gives instead of the built-in one; nil if there is no template.
  public var custom: CustomText?
  /// The same for the message that this notice edits, which also contains `alreadySent`.
  package var customInEdit: CustomText?

  /// Creates a notice.
  public init(
    delivery: DeliveryID,
    channel: ChannelName,
    content: Content,
    flags: [AlertKey: AlertFlags] = [:],
    reason: String = "",
    route: String = "",
    suppressed: Int = 0,
    sentAt: Instant,
    product: String = "Belfry",
    cockpit: String = "",
    earlier: [Receipt] = [],
    progress: Receipt? = nil
  ) {
    self.delivery = delivery
    self.channel = channel
    self.content = content
    self.flags = flags
    self.reason = reason
    self.route = route
    self.suppressed = suppressed
    self.sentAt = sentAt
    self.product = product
    self.cockpit = cockpit
    self.earlier = earlier
    self.progress = progress
  }

  /// Its alerts, whatever its content.
  public var alerts: [Alert] { content.alerts }

  /// The highest severity in it; info if it has no alerts.
  public var severity: Severity { content.severity }
}

extension Notice.Content {
  /// Its alerts.
  public var alerts: [Alert] {
    switch self {
    case .alert(let alert), .flapping(let alert), .resolved(let alert), .test(let alert): [alert]
    case .burst(let alerts), .digest(_, let alerts), .followup(let alerts, _), .group(_, let alerts, _, _),
      .reminder(let alerts):
      alerts
    }
  }

  /// The highest severity in it; info if it has no alerts.
  public var severity: Severity { alerts.map(\.severity).min() ?? .info }
}

/// The ID of a delivery: a time-ordered UUID (version 7, RFC 9562), assigned when it is decided.
public struct DeliveryID: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The UUID in its canonical form, lower case.
  @ExactText public private(set) var text: String
  /// Creates an ID from a UUID in canonical form.
  public init(_ text: String) { self.text = text }
  /// The UUID itself.
  public var description: String { text }
  /// Orders by text, which for these IDs is by time.
  public static func < (left: DeliveryID, right: DeliveryID) -> Bool { left._text < right._text }
}
