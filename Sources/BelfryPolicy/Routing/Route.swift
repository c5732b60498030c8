// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// One entry of `routes`: where matching alerts go, and how.
///
/// It is a class, because every step hands routes on: a copy of its many values would cost more than most steps.
package final class Route: Sendable {
  /// Its index in the list, from 0.
  package let index: Int
  package let matcher: Matcher
  /// The channels, at least one unless it only has a digest.
  package let to: [ChannelName]
  /// Whether later routes are also evaluated.
  package let continues: Bool
  package let cooldown: CooldownRule?
  package let burst: BurstRule?
  /// The digest that its alerts join instead of being sent at once.
  package let digest: String?
  /// Whether the end of an alert is sent as well.
  package let resolved: Bool
  package let group: GroupRule?
  package let quiet: QuietRule?
  package let cap: CapRule?
  package let reminder: ReminderRule?
  /// The escalations, in order of their delay.
  package let escalations: [EscalationRule]
  package let note: String
  package let rule: Rule
  /// Identifies the route across edits that move it: a hash of its matcher and its destination.
  package let identity: String
  /// Its name in reasons and rules: `routes[2]`.
  package let name: String
  /// The rule by which its alerts join its digest.
  let digestRule: Rule
  /// The rule by which the end of an alert is sent.
  let resolvedRule: Rule

  package init(
    index: Int,
    matcher: Matcher,
    to: [ChannelName],
    continues: Bool,
    cooldown: CooldownRule? = nil,
    burst: BurstRule? = nil,
    digest: String? = nil,
    resolved: Bool,
    group: GroupRule? = nil,
    quiet: QuietRule? = nil,
    cap: CapRule? = nil,
    reminder: ReminderRule? = nil,
    escalations: [EscalationRule] = [],
    note: String,
    rule: Rule,
    identity: String
  ) {
    self.index = index
    self.matcher = matcher
    self.to = to
    self.continues = continues
    self.cooldown = cooldown
    self.burst = burst
    self.digest = digest
    self.resolved = resolved
    self.group = group
    self.quiet = quiet
    self.cap = cap
    self.reminder = reminder
    self.escalations = escalations
    self.note = note
    self.rule = rule
    self.identity = identity
    name = "routes[\(index)]"
    digestRule = Rule(path: "\(name).digest", line: rule.line)
    resolvedRule = Rule(path: "\(name).resolved", line: rule.line)
  }
}
