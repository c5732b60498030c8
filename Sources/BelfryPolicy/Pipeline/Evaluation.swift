// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// An alert to evaluate, and why.
struct Pending {
  let key: AlertKey
  let trigger: Decision.Cause.Trigger
  /// The wait that ended; nil if something happened to the alert itself.
  var wait: Wait?

  init(_ key: AlertKey, _ trigger: Decision.Cause.Trigger, ending wait: Wait? = nil) {
    self.key = key
    self.trigger = trigger
    self.wait = wait
  }
}

/// The evaluation of one alert: what its routes would send, and where it waits.
struct Evaluation {
  let record: AlertRecord
  let trigger: Decision.Cause.Trigger
  /// The wait that ended; nil if something happened to the alert itself.
  let endedWait: Wait?
  let routes: [Route]
  /// Where it waits from now on.
  var waits: [Wait] = []
  /// Whether a decision about it was made.
  var isDecided = false

  init(_ record: AlertRecord, _ pending: Pending, on routes: [Route]) {
    self.record = record
    self.trigger = pending.trigger
    self.endedWait = pending.wait
    self.routes = routes
  }

  var alert: Alert { record.alert }

  /// The hold that ended.
  var released: HoldID? { endedWait?.hold }

  /// The channels on which the group or the cooldown of a candidate's route let the alert pass before: the hold that ended
  /// kept it from them, and comes after these.
  func passed(_ candidate: Candidate, in rules: PolicyRules) -> [ChannelName] {
    guard let endedWait, endedWait.hold.isLast, endedWait.hold.hold.isBehind(candidate, in: rules) else {
      return []
    }
    return endedWait.channels
  }
}

/// What one route would send about an alert, on the channels on which no rule holds it.
struct Candidate {
  let route: Route
  let news: Announcement.News
  var throttle: Throttle
  var channels: [ChannelName]

  var isEnd: Bool { news == .ends }

  /// Removes all channels, and returns them.
  mutating func takeChannels() -> [ChannelName] {
    defer { channels = [] }
    return channels
  }

  /// Removes the channels for which `isTaken` is true, and returns them.
  mutating func takeChannels(where isTaken: (ChannelName) -> Bool) -> [ChannelName] {
    let taken = channels.filter(isTaken)
    if !taken.isEmpty { channels.removeAll { taken.contains($0) } }
    return taken
  }
}

/// Step 2: compares what each channel knows about an alert with its state now.
///
/// It finds the same again while nothing changes, so that every hold that ends can have the whole alert evaluated.
struct EvaluateStep {
  let rules: PolicyRules

  /// What a route sends about a firing alert; nil if all its channels know.
  func candidate(_ evaluation: Evaluation, on route: Route) -> Candidate? {
    let digest = rules.digest(for: evaluation.alert, on: route)?.digest
    let (news, channels) = unknown(evaluation.record, on: route, digest)
    if channels.isEmpty { return nil }
    let throttle = rules.throttle(evaluation.alert, on: route)
    return Candidate(route: route, news: news, throttle: throttle, channels: channels)
  }

  /// What the routes send about a resolved alert.
  func resolutions(_ evaluation: Evaluation) -> [Candidate] {
    rules.endings(of: evaluation.record, on: evaluation.routes).map { route, channels in
      Candidate(route: route, news: .ends, throttle: rules.throttle(evaluation.alert, on: route), channels: channels)
    }
  }

  /// The channels of a route that do not know the alert's state, and what is new to them.
  private func unknown(
    _ record: AlertRecord,
    on route: Route,
    _ digest: DigestRule?
  ) -> (Announcement.News, [ChannelName]) {
    // A digest has its own schedule, so that flapping does not cause more messages.
    if let digest { return (.fires, digest.to.distinct.filter { !record.isNotified(on: $0) }) }
    if record.notified.isEmpty { return (record.isFlapping ? .flaps : .fires, route.to.distinct) }
    let knowsFlapping = { (channel: ChannelName) in record.notified(on: channel, by: route)?.state == .flapping }
    let knowsAll = { (channel: ChannelName) in record.isNotified(on: channel, by: route) }
    if record.isFlapping { return (.flaps, route.to.distinct.filter { !knowsAll($0) || !knowsFlapping($0) }) }
    let unknown = route.to.distinct.filter { !knowsAll($0) || knowsFlapping($0) }
    return (unknown.contains(where: knowsFlapping) ? .settles : .fires, unknown)
  }
}

extension PolicyRules {
  /// The channels that are sent an alert's resolution, by route in the order of the file, each channel once.
  ///
  /// They know that it fires, and a route with `resolved` takes the alert now, or sent it to them when its content was
  /// different. Channels that know that an alert flaps are always sent that it settled.
  func endings(of record: AlertRecord, on routes: [Route]) -> [(route: Route, channels: [ChannelName])] {
    let knowing = record.notified.filter { $0.state != .over }
    var sending = routes.map { (route: $0, reach: reach(of: $0)) }
    for one in knowing where !sending.contains(where: { $0.route.identity == one.route }) {
      if let route = table.route(one.route) { sending.append((route, [])) }
    }
    var reached: Set<ChannelName> = []
    return sending.sorted { $0.route.index < $1.route.index }.compactMap { route, reach in
      let channels = knowing.filter { one in
        (one.route == route.identity || reach.contains(one.channel))
          && (one.state == .flapping || route.sendsResolution(on: one.channel))
      }.map(\.channel).filter { reached.insert($0).inserted }
      return channels.isEmpty ? nil : (route, channels)
    }
  }
}
