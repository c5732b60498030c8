// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Keeps back what nobody wants to hear of for now: what is silenced, inhibited, or comes in quiet hours.
struct MuteStage {
  let rules: PolicyRules
  let now: Instant

  /// What mutes an alert wherever it goes.
  enum Mute {
    case hold(Hold)
    /// A silence that suppresses it for good.
    case drop(Hold, by: SilenceID)
  }

  /// An inhibition before a silence: it has no end that is known, and what ends last is what matters.
  func mute(_ alert: Alert, _ state: PolicyState, _ memo: inout MatchMemo) -> Mute? {
    if let hold = inhibition(of: alert, state, &memo) { return .hold(hold) }
    guard let (silence, until) = state.silences.silencing(alert, at: now, memo: &memo) else { return nil }
    let hold = Hold(list: .silence(silence.id), detail: silence.shown, until: until, rule: .silence(silence.id))
    return silence.tellsAfterwards ? .hold(hold) : .drop(hold, by: silence.id)
  }

  private func inhibition(of alert: Alert, _ state: PolicyState, _ memo: inout MatchMemo) -> Hold? {
    for (key, rule) in InhibitionStage(rules: rules).muting(alert, &memo) where (state[inhibition: key]?.count ?? 0) > 0
    {
      return Hold(list: .inhibition(key), detail: rule.when.text, until: nil, rule: rule.rule)
    }
    return nil
  }

  /// The quiet hours of a route.
  func quiet(_ alert: Alert, on route: Route) -> Hold? {
    route.quiet.flatMap { hold(alert, by: $0, MuteStage.list(of: route)) }
  }

  /// The quiet hours of a channel.
  func quiet(_ alert: Alert, on channel: ChannelName) -> Hold? {
    rules.channelQuiet[channel].flatMap { hold(alert, by: $0, MuteStage.list(of: channel)) }
  }

  /// What waits for the quiet hours of a route, and of a channel.
  static func list(of route: Route) -> ListKey { .quiet(.route(route.identity)) }
  static func list(of channel: ChannelName) -> ListKey { .quiet(.channel(channel)) }

  private func hold(_ alert: Alert, by rule: QuietRule, _ list: ListKey) -> Hold? {
    rule.end(for: alert.severity, at: now).map { Hold(list: list, until: $0, rule: rule.rule) }
  }
}

/// What keeps an alert waiting, and until when.
struct Hold {
  let list: ListKey
  /// What people call it where its key does not say; see `Decision.Cause.Factor.held`.
  var detail = ""
  /// Nil when its end is not known.
  let until: Instant?
  let rule: Rule

  var factor: Decision.Cause.Factor { .held(by: list, detail: detail) }
}
