// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// One kind of rule that keeps alerts waiting, such as the cooldowns: how it holds, what it remembers, and what ends it.
///
/// Each kind is a folder in `Rules` and one line in `RuleKinds`. A value of the type names one hold of that kind, such as the
/// cooldown of `category=disk`.
protocol Hold: RuleKind, HoldWords {
  /// What it remembers between runs.
  associatedtype State: HoldMemory = NoMemory

  /// The first part of its names in the ledger: `cooldown` in `cooldown:category=disk`. It never changes.
  static var name: String { get }
  /// Whether the alerts in it are muted: a person or a rule wants no messages about them for now.
  static var isMute: Bool { get }
  /// Whether it holds messages that all other rules let pass: when it ends, no group and no cooldown holds them again.
  static var isLast: Bool { get }

  /// Which of the kind's holds it is: the second part of its name.
  var key: ExactText { get }
  /// The hold with that key, for which `isKey` is true.
  init(key: ExactText)
  /// Whether it is the key of a hold of this kind.
  static func isKey(_ key: ExactText) -> Bool

  // MARK: The step

  /// Removes the channels on which it holds the alert from the candidate, and has the alert wait for them.
  static func hold(_ candidate: inout Candidate, of evaluation: inout Evaluation, in run: inout PolicyRun)
  /// What mutes an alert on all channels; nil if nothing of this kind does.
  static func muting(_ alert: Alert, in run: inout PolicyRun) -> Muting?
  /// The hold that keeps back one message to a channel, after all other rules have let it pass; nil if none does.
  static func holding(_ message: [Announcement], on channel: ChannelName, in run: inout PolicyRun) -> Holding?
  /// Notes that a message is sent to a channel.
  static func noteSent(_ message: [Announcement], on channel: ChannelName, in run: inout PolicyRun)
  /// Whether the alerts of one run influence each other by this kind, so that a run must not be cut into smaller ones.
  static func countsWithinRun(_ rules: PolicyRules) -> Bool

  // MARK: One hold

  /// The rule by which it keeps an alert that takes these routes; nil if the file no longer has such a rule.
  func rule(for alert: Alert, on routes: [Route], in rules: PolicyRules) -> Rule?
  /// Whether it is what kept the alert from a candidate's channels, now that it ends.
  func isBehind(_ candidate: Candidate, in rules: PolicyRules) -> Bool
  /// Whether reminders and escalations of an alert that waits in it are paused.
  func pauses(_ check: AlertCheck) -> Bool
  /// Counts an alert that starts to wait in it for these channels; `known` are its earlier waits there.
  func join(_ channels: [ChannelName], known: [Wait], in run: inout PolicyRun)
  /// Counts alerts that fired and resolved while it kept them for these channels.
  func countEnded(_ count: Int, for channels: [ChannelName], in run: inout PolicyRun)
  /// Counts the alerts that fired and resolved in another hold, which ended and passed its alerts on to this one.
  func takeOver(_ ended: EndedHold, from other: HoldID, for channels: [ChannelName], in run: inout PolicyRun)

  // MARK: Its end

  /// Ends the hold because its timer fired; returns the alerts to evaluate again.
  func end(_ firing: Firing, in run: inout PolicyRun) -> [Pending]
  /// Updates what it remembers at its end; returns how many alerts fired and resolved while it lasted.
  func close(waiting: Int, in run: inout PolicyRun) -> Int
  /// Sends what waited in it.
  func notify(_ announcements: [Announcement], in run: inout PolicyRun)
  /// When its timer is due after the clock was set.
  func due(_ due: Instant, after step: ClockStep, _ longest: LongestWaits) -> Instant
}

extension Hold {
  static var isMute: Bool { false }
  static var isLast: Bool { false }
  static func isKey(_ key: ExactText) -> Bool { true }
  /// The ID of this hold.
  var id: HoldID { HoldID(self) }

  static func hold(_ candidate: inout Candidate, of evaluation: inout Evaluation, in run: inout PolicyRun) {}
  static func muting(_ alert: Alert, in run: inout PolicyRun) -> Muting? { nil }
  static func holding(_ message: [Announcement], on channel: ChannelName, in run: inout PolicyRun) -> Holding? { nil }
  static func noteSent(_ message: [Announcement], on channel: ChannelName, in run: inout PolicyRun) {}
  static func countsWithinRun(_ rules: PolicyRules) -> Bool { false }

  func isBehind(_ candidate: Candidate, in rules: PolicyRules) -> Bool { Self.isMute || candidate.throttle.hold == id }
  func pauses(_ check: AlertCheck) -> Bool { false }
  func join(_ channels: [ChannelName], known: [Wait], in run: inout PolicyRun) {}
  func countEnded(_ count: Int, for channels: [ChannelName], in run: inout PolicyRun) {}

  func takeOver(_ ended: EndedHold, from other: HoldID, for channels: [ChannelName], in run: inout PolicyRun) {
    let count = channels.map(ended.count).max() ?? 0
    guard count > 0, run.carried.insert(PolicyRun.Carry(from: other, to: id)).inserted else { return }
    countEnded(count, for: channels, in: &run)
  }

  func end(_ firing: Firing, in run: inout PolicyRun) -> [Pending] { run.endHold(self, firing) }
  func close(waiting: Int, in run: inout PolicyRun) -> Int { 0 }
  func notify(_ announcements: [Announcement], in run: inout PolicyRun) { run.sendFollowUp(id, announcements) }

  func due(_ due: Instant, after step: ClockStep, _ longest: LongestWaits) -> Instant {
    step.end(due, longest: longest[Self.name])
  }
}

/// What keeps an alert waiting, and until when.
struct Holding {
  let hold: HoldID
  /// The name that people know it by, where its key does not say; see `Decision.Cause.Factor.held`.
  var detail = ""
  /// Nil if its end is not known.
  let until: Instant?
  let rule: Rule

  var factor: Decision.Cause.Factor { .held(by: hold, detail: detail) }
}

/// What mutes an alert on all channels.
enum Muting {
  case hold(Holding)
  /// A silence that discards it.
  case drop(Holding, by: SilenceID)
}

/// A hold that ended in this run.
struct EndedHold {
  /// How many alerts fired and resolved while it lasted.
  var count = 0
  /// The same for each channel for which it ended, if it counts by channel.
  var countByChannel: [ChannelName: Int] = [:]
  /// When it was due, if it is late and its message says so.
  var due: Instant?

  func count(on channel: ChannelName) -> Int { countByChannel[channel] ?? count }
}
