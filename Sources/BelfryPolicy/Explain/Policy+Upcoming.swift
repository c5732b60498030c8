// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A future event about one alert that happens if nothing changes before.
package struct Upcoming: Sendable, Hashable {
  package enum Kind: String, Sendable, Hashable {
    /// It is sent again.
    case reminder
    /// It is sent to others.
    case escalation
    /// It no longer counts as flapping.
    case settling
    /// It ends, unless it is reported as active again.
    case expiry
  }

  package var kind: Kind
  package var due: Instant
  package var channels: [ChannelName] = []
  /// Nil for an expiry, which no rule of the file causes.
  package var rule: Rule?
}

extension Policy {
  /// The upcoming events of an alert in its current state, earliest first.
  package func upcoming(_ record: AlertRecord) -> [Upcoming] {
    var memo = MatchMemo()
    let routes = rules.table.resolve(record.alert, memo: &memo)
    var found: [Upcoming] = []
    for check in rules.checks(record, on: routes) {
      let kind = check.news == .escalates ? Upcoming.Kind.escalation : .reminder
      // One step notifies all its channels at once.
      if let last = found.last, (last.kind, last.due, last.rule) == (kind, check.due, check.rule) {
        found[found.endIndex - 1].channels.append(check.channel)
      } else {
        found.append(Upcoming(kind: kind, due: check.due, channels: [check.channel], rule: check.rule))
      }
    }
    if let due = record.expiry?.at { found.append(Upcoming(kind: .expiry, due: due)) }
    if let due = FlappingStep(rule: rules.flapping).settles(record) {
      found.append(Upcoming(kind: .settling, due: due, rule: rules.flapping?.rule))
    }
    return found.sorted { $0.due < $1.due }
  }

  /// Those who would be notified that an alert ended, if nothing mutes that: each rule with its channels.
  package func endings(_ record: AlertRecord) -> [(rule: Rule, channels: [ChannelName])] {
    var memo = MatchMemo()
    return rules.endings(of: record, on: rules.table.resolve(record.alert, memo: &memo)).map { route, channels in
      (route.resolvedRule, channels)
    }
  }
}
