// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// All rules of the policy.
package struct PolicyRules: Sendable {
  package var table: RoutingTable
  package var mode: Mode
  package var modeRule: Rule
  /// The cooldown for routes without their own; nil if it is off.
  package var cooldown: CooldownRule?
  /// The burst for routes without their own; nil if it is off.
  package var burst: BurstRule?
  /// The digests, in the order of the file.
  package var digests: [DigestRule]
  /// The rule that discards alerts that no route takes; nil if every alert has a route.
  package var unrouted: Rule?
  package var inhibitions: [InhibitionRule] = []
  package var flapping: FlappingRule?
  /// The expectations, by the ID of the expected alert.
  package var expectations: [ExactText: ExpectationRule] = [:]
  /// The quiet hours of channels that have some.
  package var channelQuiet: [ChannelName: QuietRule] = [:]
  /// The caps of channels that have one.
  package var channelCaps: [ChannelName: CapRule] = [:]
  /// The severities of the file.
  package var severities: SeverityScale

  package init(
    table: RoutingTable,
    mode: Mode,
    modeRule: Rule,
    cooldown: CooldownRule? = nil,
    burst: BurstRule? = nil,
    digests: [DigestRule],
    unrouted: Rule? = nil,
    inhibitions: [InhibitionRule] = [],
    flapping: FlappingRule? = nil,
    expectations: [ExactText: ExpectationRule] = [:],
    channelQuiet: [ChannelName: QuietRule] = [:],
    channelCaps: [ChannelName: CapRule] = [:],
    severities: SeverityScale = .standard
  ) {
    self.table = table
    self.mode = mode
    self.modeRule = modeRule
    self.cooldown = cooldown
    self.burst = burst
    self.digests = digests
    self.unrouted = unrouted
    self.inhibitions = inhibitions
    self.flapping = flapping
    self.expectations = expectations
    self.channelQuiet = channelQuiet
    self.channelCaps = channelCaps
    self.severities = severities
  }

}

/// Whether alerts that are not critical wait for the digest.
package enum Mode: String, FieldChoice {
  case immediate
  case digest
}
