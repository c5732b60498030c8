// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// One entry of `routes`: where matching alerts go, and how.
package struct Route: Sendable {
  /// Its index in the list, from 0.
  package var index: Int
  package var matcher: Matcher
  /// The channels, at least one unless it only has a digest.
  package var to: [ChannelName]
  /// Whether later routes are also evaluated.
  package var continues: Bool
  package var cooldown: CooldownRule?
  package var burst: BurstRule?
  /// The digest that its alerts join instead of being sent at once.
  package var digest: String?
  /// Whether the end of an alert is sent as well.
  package var resolved: Bool
  package var group: GroupRule?
  package var quiet: QuietRule?
  package var cap: CapRule?
  package var reminder: ReminderRule?
  /// The escalations, in order of their delay.
  package var escalations: [EscalationRule] = []
  package var note: String
  package var rule: Rule
  /// Identifies the route across edits that move it: a hash of its matcher and its destination.
  package var identity: String

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
  }

  /// Its name in reasons and rules: `routes[2]`.
  package var name: String { "routes[\(index)]" }
}
