// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Mutes alerts in the quiet hours of a route or a channel.
struct QuietHold: Hold {
  typealias State = MuteState
  static let name = "quiet"
  static let isMute = true

  let scope: QuietScope
  var key: ExactText { ExactText(scope.text) }

  init(_ scope: QuietScope) { self.scope = scope }
  init(key: ExactText) { scope = QuietScope(text: key.text) ?? .route(key.text) }
  static func isKey(_ key: ExactText) -> Bool { QuietScope(text: key.text) != nil }

  static func hold(_ candidate: inout Candidate, of evaluation: inout Evaluation, in run: inout PolicyRun) {
    let (alert, route) = (evaluation.alert, candidate.route)
    if let holding = holding(alert, of: .route(route.identity), route.quiet, at: run.now) {
      return run.hold(&evaluation, by: holding, for: candidate.takeChannels())
    }
    if run.rules.channelQuiet.isEmpty { return }
    for channel in candidate.channels {
      let rule = run.rules.channelQuiet[channel]
      guard let holding = holding(alert, of: .channel(channel), rule, at: run.now) else { continue }
      run.hold(&evaluation, by: holding, for: candidate.takeChannels { $0 == channel })
    }
  }

  /// The quiet hours that hold a reminder or an escalation.
  static func holding(_ alert: Alert, for check: AlertCheck, in run: PolicyRun) -> Holding? {
    holding(alert, of: .route(check.route.identity), check.route.quiet, at: run.now)
      ?? holding(alert, of: .channel(check.channel), run.rules.channelQuiet[check.channel], at: run.now)
  }

  private static func holding(_ alert: Alert, of scope: QuietScope, _ rule: QuietRule?, at now: Instant) -> Holding? {
    guard let wait = rule?.wait(of: alert.severity, at: now) else { return nil }
    return Holding(hold: QuietHold(scope).id, until: wait.end, rule: wait.rule)
  }

  func rule(for alert: Alert, on routes: [Route], in rules: PolicyRules) -> Rule? {
    switch scope {
    case .route(let identity): routes.first { $0.identity == identity }?.quiet?.rule
    case .channel(let channel): rules.channelQuiet[channel]?.rule
    }
  }

  func pauses(_ check: AlertCheck) -> Bool {
    switch scope {
    case .route(let identity): check.route.identity == identity
    case .channel(let channel): check.channel == channel
    }
  }

  func close(waiting: Int, in run: inout PolicyRun) -> Int { takeCount(in: &run) }
}

extension HoldID {
  package static func quiet(_ scope: QuietScope) -> HoldID { HoldID(QuietHold(scope)) }
  package var quiet: QuietScope? { self.as(QuietHold.self)?.scope }
}

/// The route or channel that has the quiet hours.
package enum QuietScope: Sendable, Hashable {
  /// The route with this identity.
  case route(String)
  case channel(ChannelName)

  /// `channel pager`; reads back through `init?(text:)`.
  package var text: String {
    switch self {
    case .route(let identity): "route \(identity)"
    case .channel(let name): "channel \(name)"
    }
  }

  package init?(text: String) {
    guard let space = text.utf8.firstIndex(of: UInt8(ascii: " ")) else { return nil }
    let name = String(Substring(text.utf8[text.utf8.index(after: space)...]))
    switch text[..<space] {
    case "route": self = .route(name)
    case "channel": self = .channel(ChannelName(name))
    default: return nil
    }
  }
}
