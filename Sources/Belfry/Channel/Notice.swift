// SPDX-License-Identifier: Apache-2.0

/// What a channel is asked to tell: the alerts it is about, and why it comes.
public struct Notice: Sendable, Hashable {
  /// What kind of message it is, and the alerts it is about.
  public enum Content: Sendable, Hashable {
    /// One alert that began to fire.
    case alert(Alert)
    /// Many alerts that began at once, told in one message; the worst first.
    case burst([Alert])
    /// What was collected under a digest's name; the worst first.
    case digest(name: String, [Alert])
    /// What a cooldown held back and is still firing; `ended` more came and went meanwhile.
    case followup([Alert], ended: Int)
    /// What is new of a group of alerts that are told together, the worst first: which of them ended, the marks say.
    ///
    /// `name` is what they share (`cluster=eu`), and may be empty; `firing` of the group are still firing, and `ended` more came
    /// and went since its last message.
    case group(name: String, [Alert], firing: Int, ended: Int = 0)
    /// Alerts that were told a while ago and still fire; the worst first.
    case reminder([Alert])
    /// An alert that goes on and off too often to be told each time.
    case flapping(Alert)
    /// An alert that was told and no longer fires.
    case resolved(Alert)
    /// A synthetic alert to try a channel with.
    case test(Alert)
  }

  /// What is to be said of an alert besides what it says itself.
  public struct Mark: Sendable, Hashable {
    /// Whether it no longer fires.
    public var isResolved: Bool
    /// Whether it goes on and off.
    public var isFlapping: Bool
    /// How often it began to fire since it was last told.
    public var firings: Int

    /// Creates a mark; without arguments, that of an alert of which there is nothing more to say.
    public init(isResolved: Bool = false, isFlapping: Bool = false, firings: Int = 1) {
      self.isResolved = isResolved
      self.isFlapping = isFlapping
      self.firings = firings
    }
  }

  /// Another channel that was to tell this and could not.
  public struct Forwarding: Sendable, Hashable {
    /// The channel that failed.
    public var from: ChannelName
    /// Why it could not tell it.
    public var reason: Verdict.Reason
    /// When the message was made that the channel could not tell.
    public var since: Instant
    /// The code of the reason where it did not fail: another channel had told the beginning.
    package static let toldElsewhere = "told_elsewhere"
    /// What a message says of it.
    package var words: String {
      reason.code == Forwarding.toldElsewhere
        ? "instead of \(from), in whose place its beginning was told here"
        : "instead of \(from), which failed: \(reason.clause)"
    }
    /// Creates the note of a channel that failed.
    public init(from channel: ChannelName, because reason: Verdict.Reason, since: Instant) {
      self.from = channel
      self.reason = reason
      self.since = since
    }
  }

  /// How long a message waited before this attempt, and why.
  public struct Delay: Sendable, Hashable {
    /// From when it was made.
    public var duration: Duration
    /// As a clause: “the service answered 503”.
    public var reason: String
    /// Creates a delay.
    public init(_ duration: Duration, because reason: String) {
      self.duration = duration
      self.reason = reason
    }
  }

  /// Where its alerts can be acknowledged without signing in.
  public struct Acknowledging: Sendable, Hashable {
    /// The server's address, without a slash at its end: an absolute `http` or `https` URL without a path.
    public var home: String
    /// A link for each alert that can be acknowledged.
    ///
    /// It is an absolute URL of ASCII in which nothing can end a link of HTML, Slack or mail. Whoever has it may use it, so it
    /// belongs into the message alone.
    public var links: [AlertKey: String]
    /// Creates it; without links by default.
    public init(home: String, links: [AlertKey: String] = [:]) {
      self.home = home
      self.links = links
    }
  }

  /// The delivery this is, the same on every attempt: what a receiver recognises a repeat by.
  public var delivery: DeliveryID
  /// The channel it goes to.
  public var channel: ChannelName
  /// What it tells.
  public var content: Content
  /// What is to be said of some of its alerts besides what they say themselves.
  public var marks: [AlertKey: Mark]
  /// Why it comes, in a few words: the event, and the rule that decided.
  public var reason: String
  /// The route that sent it here, such as `routes[2]`; empty when no route did.
  public var route: String
  /// How many other alerts are held back meanwhile.
  public var suppressed: Int
  /// When this attempt is made.
  public var sentAt: Instant
  /// What the messages call the system they come from.
  public var product: String
  /// The address that an alert's relative `link` is below, without a slash at its end; empty when there is none.
  public var cockpit: String
  /// The receipts of earlier messages about the same alert on this channel, the first one first.
  public var earlier: [Receipt]
  /// The channels that were to tell this and could not, the first one first.
  public var forwardings: [Forwarding] = []
  /// How long it waited, where that was longer than a reader expects; nil where it was not.
  public var delay: Delay?
  /// Why the service refused this message as it was: now it is to be composed in its plainest form.
  ///
  /// Nil as long as it was not refused.
  public var refusal: Verdict.Reason?
  /// Whether the attempt before this one may have arrived, its answer lost or its process killed: look for it first, where
  /// that can be asked.
  public var isInDoubt = false
  /// Alerts that earlier messages of the same group or burst told, as they stand now, without those of `content`.
  ///
  /// Where a message can be edited, it is to hold these too; the worst first.
  public var told: [Alert] = []
  /// Where its alerts can be acknowledged; nil where the server has no address that people reach it by.
  public var acknowledging: Acknowledging?
  /// What earlier attempts at this very delivery came to when some of those it is for have it already
  /// (`Verdict.partial`); nil when nobody has.
  public var progress: Receipt?

  /// Creates a notice.
  public init(
    delivery: DeliveryID,
    channel: ChannelName,
    content: Content,
    marks: [AlertKey: Mark] = [:],
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
    self.marks = marks
    self.reason = reason
    self.route = route
    self.suppressed = suppressed
    self.sentAt = sentAt
    self.product = product
    self.cockpit = cockpit
    self.earlier = earlier
    self.progress = progress
  }

  /// The alerts it is about, whatever its content.
  public var alerts: [Alert] { content.alerts }

  /// The worst severity in it; info when it is about no alert.
  public var severity: Severity { content.severity }
}

extension Notice.Content {
  /// The alerts it is about.
  public var alerts: [Alert] {
    switch self {
    case .alert(let alert), .flapping(let alert), .resolved(let alert), .test(let alert): [alert]
    case .burst(let alerts), .digest(_, let alerts), .followup(let alerts, _), .group(_, let alerts, _, _),
      .reminder(let alerts):
      alerts
    }
  }

  /// The worst severity in it; info when it is about no alert.
  public var severity: Severity { alerts.map(\.severity).min() ?? .info }
}

/// The identity of a delivery: a time-ordered UUID (version 7, RFC 9562), made when it was decided.
public struct DeliveryID: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The UUID in its canonical form, lower case.
  @ExactText public private(set) var text: String
  /// Creates an id from a UUID in its canonical form.
  public init(_ text: String) { self.text = text }
  /// The UUID itself.
  public var description: String { text }
  /// Orders by text, which for these ids is by time.
  public static func < (left: DeliveryID, right: DeliveryID) -> Bool { left._text < right._text }
}
