// SPDX-License-Identifier: Apache-2.0
package import Belfry

extension NewDelivery {
  /// Writes all but the identity and the channel, which the ledger keeps beside it, so that `init(id:channel:stored:)` reads
  /// it back.
  package func encode(into writer: inout JSONWriter) { DeliveryBody(self).encode(into: &writer) }

  /// Reads what `encode` wrote, here or in another version of Belfry; nil for anything else.
  package init?(id: DeliveryID, channel: ChannelName, stored bytes: [UInt8]) {
    guard let body = DeliveryBody(stored: bytes), let content = body.content else { return nil }
    self.init(
      id: id,
      channel: channel,
      content: content,
      flags: body.flags,
      reason: body.reason,
      route: body.route,
      severity: body.severity,
      suppressed: body.olderEnded == nil ? body.suppressed : 0,
      follows: body.follows
    )
    routeIdentity = body.routeIdentity
    forwardings = body.forwardings
    group = body.group
  }
}

/// A delivery as fields: the kind of its content, and what the kinds hold.
struct DeliveryBody {
  var kind = ""
  /// A digest's or a group's.
  var name: String?
  var firing: Int?
  var ended: Int?
  var severity = Severity.info
  var reason = ""
  var route = ""
  var routeIdentity = ""
  var suppressed = 0
  var follows: [DeliveryID] = []
  var forwardings: [Notice.Forwarding] = []
  var group: GroupIdentity?
  var alerts: [Alert] = []
  var states: [AlertState] = []

  /// What is said of one of the alerts besides what it says itself.
  struct AlertState: Hashable {
    /// Its place among the alerts.
    var alert = 0
    var flags = Notice.AlertFlags()
  }
}

extension DeliveryBody: Storable {
  static let stored = Stored(DeliveryBody()) { fields in
    fields.required("kind", { $0.kind }, { $0.kind = $1 })
    fields.optional("name", { $0.name }, { $0.name = $1 })
    fields.optional("firing", { $0.firing }, { $0.firing = $1 })
    fields.optional("ended", { $0.ended }, { $0.ended = $1 })
    fields.required("severity", { $0.severity }, { $0.severity = $1 })
    fields.optional("reason", { $0.reason }, { $0.reason = $1 }, default: "")
    fields.optional("route", { $0.route }, { $0.route = $1 }, default: "")
    fields.optional("route_id", { $0.routeIdentity }, { $0.routeIdentity = $1 }, default: "")
    fields.optional("suppressed", { $0.suppressed }, { $0.suppressed = $1 }, default: 0)
    fields.optional("follows", { $0.follows }, { $0.follows = $1 }, default: [])
    fields.optional("forwardings", { $0.forwardings }, { $0.forwardings = $1 }, default: [])
    fields.optional("group", { $0.group }, { $0.group = $1 })
    fields.required("alerts", { $0.alerts }, { $0.alerts = $1 })
    fields.optional("states", { $0.states }, { $0.states = $1 }, default: [])
    // Until version 7 of the ledger: lists of an alert's place, whether it ended, whether it flaps, and how often it fired.
    fields.older("marks") { (body, reader) throws(JSONProblem) in
      guard let lists = try [[Int]](stored: &reader) else { return false }
      body.states = AlertState.list(of: lists)
      return true
    }
  }
}

extension DeliveryBody.AlertState: Storable {
  static let stored = Stored(DeliveryBody.AlertState()) { fields in
    fields.required("alert", { $0.alert }, { $0.alert = $1 })
    fields.optional("resolved", { $0.flags.isResolved }, { $0.flags.isResolved = $1 }, default: false)
    fields.optional("flapping", { $0.flags.isFlapping }, { $0.flags.isFlapping = $1 }, default: false)
    fields.optional("firings", { $0.flags.firings }, { $0.flags.firings = $1 }, default: 1)
    fields.optional("fired_for", { $0.flags.firedFor }, { $0.flags.firedFor = $1 })
    fields.optional("changes", { $0.flags.changes }, { $0.flags.changes = $1 })
    fields.optional("since", { $0.flags.since }, { $0.flags.since = $1 })
    fields.optional("acknowledged_by", { $0.flags.acknowledgedBy }, { $0.flags.acknowledgedBy = $1 }, default: "")
  }

  fileprivate static func list(of older: [[Int]]) -> [DeliveryBody.AlertState] {
    older.compactMap { numbers in
      guard numbers.count == 4 else { return nil }
      let flags = Notice.AlertFlags(isResolved: numbers[1] != 0, isFlapping: numbers[2] != 0, firings: numbers[3])
      return DeliveryBody.AlertState(alert: numbers[0], flags: flags)
    }
  }
}

extension Notice.Forwarding: Storable {
  package static let stored = Stored(
    Notice.Forwarding(from: "", because: Verdict.Reason("", ""), since: Instant(seconds: 0))
  ) { fields in
    fields.required("from", { $0.from }, { $0.from = $1 })
    fields.required("because", { $0.reason }, { $0.reason = $1 })
    fields.required("since", { $0.since }, { $0.since = $1 })
  }
}

extension GroupIdentity: Storable {
  package static let stored = Stored(GroupIdentity(key: "", labels: [:])) { fields in
    fields.required("key", { $0.key }, { $0.key = $1 })
    fields.optional("labels", { $0.labels }, { $0.labels = $1 }, default: [:])
  }
}

// MARK: - From and to a delivery

extension DeliveryBody {
  init(_ delivery: NewDelivery) {
    kind = delivery.content.kind
    severity = delivery.severity
    reason = delivery.reason
    route = delivery.route
    routeIdentity = delivery.routeIdentity
    suppressed = delivery.suppressed
    follows = delivery.follows
    forwardings = delivery.forwardings
    group = delivery.group
    alerts = delivery.content.alerts
    if !delivery.flags.isEmpty {
      states = alerts.indices.compactMap { index in
        delivery.flags[alerts[index].key].map { AlertState(alert: index, flags: $0) }
      }
    }
    switch delivery.content {
    case .digest(let name, _): self.name = name
    case .followup(_, let ended): self.ended = ended
    case .group(let name, _, let firing, let ended): (self.name, self.firing, self.ended) = (name, firing, ended)
    case .alert, .burst, .reminder, .flapping, .resolved, .test: break
    }
  }

  var flags: [AlertKey: Notice.AlertFlags] {
    states.reduce(into: [:]) { flags, state in
      if alerts.indices.contains(state.alert) { flags[alerts[state.alert].key] = state.flags }
    }
  }

  /// How many of a group came and went, where an older Belfry wrote that under the name of what is held back; else nil.
  var olderEnded: Int? { kind == "group" && ended == nil ? suppressed : nil }

  /// Nil where the alerts are not those of the kind, or a newer Belfry added the kind.
  var content: Notice.Content? {
    switch (kind, alerts.count) {
    case ("alert", 1): .alert(alerts[0])
    case ("resolved", 1): .resolved(alerts[0])
    case ("flapping", 1): .flapping(alerts[0])
    case ("test", 1): .test(alerts[0])
    case ("burst", _): .burst(alerts)
    case ("digest", _): .digest(name: name ?? "", alerts)
    case ("followup", _): .followup(alerts, ended: ended ?? 0)
    case ("group", _): .group(name: name ?? "", alerts, firing: firing ?? 0, ended: ended ?? suppressed)
    case ("reminder", 1...): .reminder(alerts)
    default: nil
    }
  }
}

extension Notice.AlertFlags.Changes: Storable {
  package static let stored = Stored(Notice.AlertFlags.Changes(count: 0, period: .zero)) { fields in
    fields.required("count", { $0.count }, { $0.count = $1 })
    fields.required("period", { $0.period }, { $0.period = $1 })
  }
}
