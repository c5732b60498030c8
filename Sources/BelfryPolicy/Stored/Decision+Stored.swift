// SPDX-License-Identifier: Apache-2.0
package import Belfry

extension Decision.Cause {
  /// Reads what `encode` wrote, or the sentence that an older Belfry stored.
  package init(stored text: [UInt8]) {
    let cause =
      text.first == UInt8(ascii: "{") ? CauseFields(stored: text).flatMap { Decision.Cause($0) } : nil
    self = cause ?? Decision.Cause(.text(String(decoding: text, as: UTF8.self)))
  }
}

extension Decision.Cause: StoredItem {
  package func encode(into writer: inout JSONWriter) { CauseFields(self).encode(into: &writer) }

  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    guard let fields = try CauseFields(stored: &reader) else { return nil }
    self.init(fields)
  }
}

/// A cause as fields: the name of its trigger, that of its factor, and what these hold.
struct CauseFields {
  var trigger = ""
  var hold: HoldID?
  var isActive = true
  var from: Severity?
  var to: Severity?
  var after: Duration?
  /// A digest, or who acknowledged it.
  var name: String?
  /// A comment, a failure, a sentence.
  var text: String?
  var factor: String?
  var holder: HoldID?
  var silence: SilenceID?
  var detail = ""
  var count = 0
}

extension CauseFields: Storable {
  static let stored = Stored(CauseFields()) { fields in
    fields.required("trigger", { $0.trigger }, { $0.trigger = $1 })
    fields.optional("hold", { $0.hold }, { $0.hold = $1 })
    fields.optional("active", { $0.isActive }, { $0.isActive = $1 }, default: true)
    fields.optional("from", { $0.from }, { $0.from = $1 })
    fields.optional("to", { $0.to }, { $0.to = $1 })
    fields.optional("after", { $0.after }, { $0.after = $1 })
    fields.optional("name", { $0.name }, { $0.name = $1 })
    fields.optional("text", { $0.text }, { $0.text = $1 })
    fields.optional("factor", { $0.factor }, { $0.factor = $1 })
    fields.optional("holder", { $0.holder }, { $0.holder = $1 })
    fields.optional("silence", { $0.silence }, { $0.silence = $1 })
    fields.optional("detail", { $0.detail }, { $0.detail = $1 }, default: "")
    fields.optional("count", { $0.count }, { $0.count = $1 }, default: 0)
  }
}

// MARK: - Writing

extension CauseFields {
  init(_ cause: Decision.Cause) {
    set(cause.trigger)
    if let factor = cause.factor { set(factor) }
  }

  private mutating func set(_ trigger: Decision.Cause.Trigger) {
    switch trigger {
    case .firstSeen: self.trigger = "first_seen"
    case .firesAgain: self.trigger = "fires_again"
    case .worsened(let before, let now): (self.trigger, from, to) = ("worsened", before, now)
    case .changed: self.trigger = "changed"
    case .resolved: self.trigger = "resolved"
    case .expired(let after): (self.trigger, self.after) = ("expired", after)
    case .settled(let after): (self.trigger, self.after) = ("settled", after)
    case .cameAsExpected: self.trigger = "came_as_expected"
    case .came: self.trigger = "came"
    case .notExpected: self.trigger = "not_expected"
    case .released(let hold, let isActive): (self.trigger, self.hold, self.isActive) = ("released", hold, isActive)
    case .left(let hold): (self.trigger, self.hold) = ("left", hold)
    case .digestRemoved(let digest): (self.trigger, name) = ("digest_removed", digest)
    case .resolvedBefore(let digest): (self.trigger, name) = ("resolved_before", digest)
    case .reminder: self.trigger = "reminder"
    case .escalation(let after): (self.trigger, self.after) = ("escalation", after)
    case .unacknowledged(let by): (self.trigger, name) = ("unacknowledged", by)
    case .acknowledged(let by, let comment): (self.trigger, name, text) = ("acknowledged", by, comment)
    case .investigated(let failure): (self.trigger, text) = ("investigated", failure)
    case .text(let text): (self.trigger, self.text) = ("text", text)
    }
  }

  private mutating func set(_ factor: Decision.Cause.Factor) {
    switch factor {
    case .held(let hold, let detail): (self.factor, holder, self.detail) = ("held", hold, detail)
    case .dropped(let silence, let detail): (self.factor, self.silence, self.detail) = ("dropped", silence, detail)
    case .alreadyNotified: self.factor = "already_notified"
    case .notifiedByEarlierRoute: self.factor = "notified_by_earlier_route"
    case .unrouted: self.factor = "unrouted"
    case .routedNowhere: self.factor = "routed_nowhere"
    case .flapping: self.factor = "flapping"
    case .summarized(let count): (self.factor, self.count) = ("summarized", count)
    case .endedWhileHeld(let hold): (self.factor, holder) = ("ended_while_held", hold)
    case .neverNotified: self.factor = "never_notified"
    case .notNotifiedYet: self.factor = "not_notified_yet"
    case .resolutionNotSent: self.factor = "resolution_not_sent"
    case .noDigest: self.factor = "no_digest"
    }
  }
}

// MARK: - Reading

extension Decision.Cause {
  /// What a newer Belfry wrote and this one does not know is kept as words.
  fileprivate init(_ fields: CauseFields) {
    let trigger = Trigger(fields) ?? .text(fields.trigger.words)
    guard let name = fields.factor else {
      self.init(trigger)
      return
    }
    if let factor = Factor(name, fields) {
      self.init(trigger, factor)
    } else {
      self.init(.text("\(trigger.text); \(name.words)"))
    }
  }
}

extension Decision.Cause.Trigger {
  fileprivate init?(_ fields: CauseFields) {
    switch (fields.trigger, fields.hold, fields.name) {
    case ("first_seen", _, _): self = .firstSeen
    case ("fires_again", _, _): self = .firesAgain
    case ("worsened", _, _):
      guard let before = fields.from, let now = fields.to else { return nil }
      self = .worsened(from: before, to: now)
    case ("changed", _, _): self = .changed
    case ("resolved", _, _): self = .resolved
    case ("expired", _, _): self = .expired(after: fields.after)
    case ("settled", _, _): self = .settled(after: fields.after)
    case ("came_as_expected", _, _): self = .cameAsExpected
    case ("came", _, _): self = .came
    case ("not_expected", _, _): self = .notExpected
    case ("released", let hold?, _): self = .released(hold, isActive: fields.isActive)
    case ("left", let hold?, _): self = .left(hold)
    case ("digest_removed", _, let digest?): self = .digestRemoved(digest)
    case ("resolved_before", _, let digest?): self = .resolvedBefore(digest: digest)
    case ("reminder", _, _): self = .reminder
    case ("escalation", _, _):
      guard let after = fields.after else { return nil }
      self = .escalation(after: after)
    case ("unacknowledged", _, let author?): self = .unacknowledged(by: author)
    case ("acknowledged", _, let author?): self = .acknowledged(by: author, comment: fields.text ?? "")
    case ("investigated", _, _): self = .investigated(failure: fields.text)
    case ("text", _, _): self = .text(fields.text ?? "")
    default: return nil
    }
  }
}

extension Decision.Cause.Factor {
  fileprivate init?(_ name: String, _ fields: CauseFields) {
    switch (name, fields.holder, fields.silence) {
    case ("held", let hold?, _): self = .held(by: hold, detail: fields.detail)
    case ("dropped", _, let silence?): self = .dropped(by: silence, detail: fields.detail)
    case ("already_notified", _, _): self = .alreadyNotified
    case ("notified_by_earlier_route", _, _): self = .notifiedByEarlierRoute
    case ("unrouted", _, _): self = .unrouted
    case ("routed_nowhere", _, _): self = .routedNowhere
    case ("flapping", _, _): self = .flapping
    case ("summarized", _, _): self = .summarized(count: fields.count)
    case ("ended_while_held", let hold?, _): self = .endedWhileHeld(by: hold)
    case ("never_notified", _, _): self = .neverNotified
    case ("not_notified_yet", _, _): self = .notNotifiedYet
    case ("resolution_not_sent", _, _): self = .resolutionNotSent
    case ("no_digest", _, _): self = .noDigest
    default: return nil
    }
  }
}

extension String {
  /// A stored name as words: `first_seen` is `first seen`.
  fileprivate var words: String { replacing("_", with: " ") }
}
