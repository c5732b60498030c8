// SPDX-License-Identifier: Apache-2.0
package import Belfry

extension AlertRecord: Storable {
  package static let stored = Stored(AlertRecord.blank) { fields in
    fields.required("alert", { $0.alert }, { $0.alert = $1 })
    fields.optional("active", { $0.isActive }, { $0.isActive = $1 }, default: true)
    fields.required("fired_at", { $0.firedAt }, { $0.firedAt = $1 })
    fields.optional("resolved_at", { $0.resolvedAt }, { $0.resolvedAt = $1 })
    fields.optional("told", { $0.notified }, { $0.notified = $1 }, default: [])
    fields.optional("past", { $0.past }, { $0.past = $1 }, default: [])
    fields.optional("waits", { $0.waits }, { $0.waits = $1 }, default: [])
    fields.optional("timer", { $0.timer }, { $0.timer = $1 })
    fields.optional(
      "expires_at",
      { $0.expiry?.at },
      { $0.expiry = Expiry(at: $1, isTimeout: $0.expiry?.isTimeout ?? false) }
    )
    fields.optional(
      "expires_by_timeout",
      { $0.expiry?.isTimeout },
      { $0.expiry = Expiry(at: $0.expiry?.at ?? Instant(seconds: 0), isTimeout: $1) },
      default: false
    )
    fields.optional("acknowledged", { $0.acknowledgement }, { $0.acknowledgement = $1 })
    fields.optional("changes", { $0.changes }, { $0.changes = $1 }, default: [])
    fields.optional("flapping", { $0.isFlapping }, { $0.isFlapping = $1 }, default: false)
    fields.optional("firings", { $0.firings }, { $0.firings = $1 }, default: 0)
    fields.optional("inhibits", { $0.inhibits }, { $0.inhibits = $1 }, default: [])
    fields.optional("groups", { $0.groups }, { $0.groups = $1 }, default: [])
    fields.optional("dropped", { $0.dropped }, { $0.dropped = $1 })
  }

  private static var blank: AlertRecord {
    var record = AlertRecord(alert: Alert(id: "", severity: .info, title: ""), firedAt: Instant(seconds: 0))
    record.firings = 0
    return record
  }
}

extension NotifiedChannel: Storable {
  package static let stored = Stored(
    NotifiedChannel(channel: "", severity: .info, delivery: DeliveryID(""), at: Instant(seconds: 0))
  ) { fields in
    fields.required("channel", { $0.channel }, { $0.channel = $1 })
    fields.optional("state", { $0.state }, { $0.state = $1 }, default: .firing)
    fields.required("severity", { $0.severity }, { $0.severity = $1 })
    // `last` and `at` are left out while they are the same, as nothing else was sent.
    fields.required(
      "first",
      { $0.first },
      {
        if $0.last == $0.first { $0.last = $1 }
        $0.first = $1
      }
    )
    fields.required(
      "since",
      { $0.since },
      {
        if $0.at == $0.since { $0.at = $1 }
        $0.since = $1
      }
    )
    fields.optional("last", { $0.last == $0.first ? nil : $0.last }, { $0.last = $1 })
    fields.optional("at", { $0.at == $0.since ? nil : $0.at }, { $0.at = $1 })
    fields.optional("route", { $0.route }, { $0.route = $1 }, default: "")
    fields.optional("covers", { $0.covers }, { $0.covers = $1 }, default: [])
  }

  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    guard try reader.peek() == .array else {
      guard let notified = try NotifiedChannel.stored.decode(&reader) else { return nil }
      self = notified
      return
    }
    guard let words = try StoredForm.list(&reader, StoredForm.string) else { return nil }
    self.init(words)
  }
}

extension NotifiedChannel.State: StoredText {
  package var storedText: String { rawValue }
  package init?(storedText: String) { self.init(rawValue: storedText) }
}

extension Acknowledgement: Storable {
  package static let stored = Stored(Acknowledgement(by: "", at: Instant(seconds: 0))) { fields in
    fields.required("by", { $0.by }, { $0.by = $1 })
    fields.required("at", { $0.at }, { $0.at = $1 })
    fields.optional("comment", { $0.comment }, { $0.comment = $1 }, default: "")
  }

  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    guard try reader.peek() == .array else {
      guard let acknowledgement = try Acknowledgement.stored.decode(&reader) else { return nil }
      self = acknowledgement
      return
    }
    guard let words = try StoredForm.list(&reader, StoredForm.string), words.count == 3,
      let at = Instant(stored: words[1])
    else { return nil }
    self.init(by: words[0], at: at, comment: words[2])
  }
}

extension Wait: Storable {
  package static let stored = Stored(Wait(.digest(""))) { fields in
    fields.required("hold", { $0.hold }, { $0.hold = $1 })
    fields.optional("channels", { $0.channels }, { $0.channels = $1 }, default: [])
    fields.optional("start", { $0.start }, { $0.start = $1 })
  }

  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    guard try reader.peek() == .string else {
      guard let wait = try Wait.stored.decode(&reader) else { return nil }
      self = wait
      return
    }
    guard let hold = try HoldID(stored: &reader) else { return nil }
    self.init(hold)
  }
}

extension Wait.Start: Storable {
  package static let stored = Stored(
    Wait.Start(at: Instant(seconds: 0), rule: Rule(path: "", line: 0), cause: Decision.Cause(.firstSeen))
  ) { fields in
    fields.required("at", { $0.at }, { $0.at = $1 })
    fields.required("rule", { $0.rule }, { $0.rule = $1 })
    fields.required("cause", { $0.cause }, { $0.cause = $1 })
  }
}

extension Rule: Storable {
  package static let stored = Stored(Rule(path: "", line: 0)) { fields in
    fields.required("path", { $0.path }, { $0 = Rule(storedPath: $1, line: $0.line) })
    fields.required("line", { $0.line }, { $0 = Rule(storedPath: $0.path, line: $1) })
  }

  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    guard try reader.peek() == .array else {
      guard let rule = try Rule.stored.decode(&reader) else { return nil }
      self = rule
      return
    }
    guard let words = try StoredForm.list(&reader, StoredForm.string), words.count == 2, let line = Int(words[1]) else {
      return nil
    }
    self.init(storedPath: words[0], line: line)
  }
}

// MARK: - Up to version 7 of the ledger

extension NotifiedChannel {
  /// Reads a list of texts: the channel, the state, the severity, the deliveries, the moments, the route, then the routes it
  /// covers.
  fileprivate init?(_ words: [String]) {
    guard words.count >= 8, let state = State(rawValue: words[1]), let since = Instant(stored: words[5]) else {
      return nil
    }
    self.init(
      channel: ChannelName(words[0]),
      route: words[7],
      covers: Array(words[8...]),
      state: state,
      severity: Severity(words[2]),
      delivery: DeliveryID(words[3]),
      at: since
    )
    if !words[4].isEmpty { last = DeliveryID(words[4]) }
    if !words[6].isEmpty {
      guard let at = Instant(stored: words[6]) else { return nil }
      self.at = at
    }
  }
}
