// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The kinds of rules, in the order in which they apply to an alert.
///
/// To add a kind, add its folder to `Rules` and its type here.
enum RuleKinds {
  static let all: [any RuleKind.Type] = [
    InhibitionHold.self,
    SilenceHold.self,
    FlappingRule.self,
    DigestHold.self,
    QuietHold.self,
    GroupHold.self,
    CooldownHold.self,
    BurstHold.self,
    CapHold.self,
    ReminderRule.self,
    EscalationRule.self,
    ExpectationHold.self,
  ]

  /// Those that keep alerts waiting.
  static let holds: [any Hold.Type] = all.compactMap { $0 as? any Hold.Type }
  /// Those that limit the number of messages, after all others let them pass.
  static let limits: [any Hold.Type] = holds.filter { $0.isLast }
}

/// One kind of rule, as far as every kind has it.
protocol RuleKind: Sendable, SendableMetatype {
  /// What `explain` says about it for one route, a line for each rule.
  static func explain(_ question: Explanation.Question, memo: inout MatchMemo) -> [Explanation.Throttle]
  /// The longest wait that its rules can set, under the name by which `LongestWaits` keeps it; nil if they set none.
  static func longestWait(in rules: PolicyRules) -> (name: String, wait: Duration)?
  /// What is due about an alert that people were notified of, on one route.
  static func checks(of record: AlertRecord, on route: Route, since notified: Instant, in rules: PolicyRules)
    -> [AlertCheck]
}

extension RuleKind {
  static func explain(_ question: Explanation.Question, memo: inout MatchMemo) -> [Explanation.Throttle] { [] }
  static func longestWait(in rules: PolicyRules) -> (name: String, wait: Duration)? { nil }
  static func checks(of record: AlertRecord, on route: Route, since notified: Instant, in rules: PolicyRules)
    -> [AlertCheck]
  { [] }
}
