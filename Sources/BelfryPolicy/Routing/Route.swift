// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// One entry of `routes`: where matching alerts go, and how.
///
/// The routes of a file are a tree, kept as an array in which each route is followed by those nested in it.
///
/// It is a class, because every step hands routes on: a copy of its many values would cost more than most steps.
package final class Route: Sendable {
  /// Its index in the table, from 0.
  package let index: Int
  /// The index of the route in which it is nested; nil at the top.
  package let parent: Int?
  /// The index after the last route nested in it, at any depth.
  package let end: Int
  package let matcher: Matcher
  /// The channels, at least one unless it only has a digest.
  package let to: [ChannelName]
  /// Whether later routes beside it are also evaluated.
  package let continues: Bool
  package let cooldown: CooldownRule?
  package let burst: BurstRule?
  /// The digest that its alerts join instead of being sent at once.
  package let digest: String?
  /// Whether an alert that only routes like it take is not sent.
  package let drops: Bool
  package let group: GroupRule?
  package let quiet: QuietRule?
  package let cap: CapRule?
  package let reminder: ReminderRule?
  /// The escalations, in order of their delay.
  package let escalations: [EscalationRule]
  /// The texts of its messages; nil for those of the channel.
  package let template: MessageTemplate?
  package let note: String
  package let rule: Rule
  /// Identifies the route across edits that move it: a hash of its matcher and its destination.
  package let identity: String
  /// Its place in the file, which rules, notes and findings name: `routes[2].routes[0]`.
  package let path: String
  /// What messages call it: the name in the file, otherwise the path.
  package let name: String
  private let resolved: Bool
  private let resolvedOn: [ChannelName: Bool]
  /// The rule by which its alerts join its digest.
  let digestRule: Rule
  /// The rule by which the end of an alert is sent.
  let resolvedRule: Rule

  package init(
    index: Int,
    parent: Int? = nil,
    end: Int? = nil,
    path: String? = nil,
    name: String = "",
    matcher: Matcher,
    to: [ChannelName],
    continues: Bool,
    cooldown: CooldownRule? = nil,
    burst: BurstRule? = nil,
    digest: String? = nil,
    drops: Bool = false,
    resolved: Bool,
    resolvedOn: [ChannelName: Bool] = [:],
    group: GroupRule? = nil,
    quiet: QuietRule? = nil,
    cap: CapRule? = nil,
    reminder: ReminderRule? = nil,
    escalations: [EscalationRule] = [],
    template: MessageTemplate? = nil,
    note: String,
    rule: Rule,
    identity: String
  ) {
    let path = path ?? "routes[\(index)]"
    self.index = index
    self.parent = parent
    self.end = end ?? index + 1
    self.path = path
    self.name = name.isEmpty ? path : name
    self.matcher = matcher
    self.to = to
    self.continues = continues
    self.cooldown = cooldown
    self.burst = burst
    self.digest = digest
    self.drops = drops
    self.resolved = resolved
    self.resolvedOn = resolvedOn
    self.group = group
    self.quiet = quiet
    self.cap = cap
    self.reminder = reminder
    self.escalations = escalations
    self.template = template
    self.note = note
    self.rule = rule
    self.identity = identity
    digestRule = Rule(path: "\(path).digest", line: rule.line)
    resolvedRule = Rule(path: "\(path).resolved", line: rule.line)
  }

  /// Whether a channel that it notified of an alert is also sent the alert's resolution.
  package func sendsResolution(on channel: ChannelName) -> Bool { resolvedOn[channel] ?? resolved }
}
