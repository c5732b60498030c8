// SPDX-License-Identifier: Apache-2.0
package import Belfry

extension Entry: StoredItem {
  /// Writes one member, whose name is the kind of hold.
  package func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.key(kind)
    switch self {
    case .cooldown(let record): record.encode(into: &writer)
    case .group(let record): record.encode(into: &writer)
    case .burst(let record): record.encode(into: &writer)
    case .inhibition(let record): record.encode(into: &writer)
    case .mute(let record): record.encode(into: &writer)
    case .expectation(let record): record.encode(into: &writer)
    }
    writer.endObject()
  }

  private var kind: String {
    switch self {
    case .cooldown: "cooldown"
    case .group: "group"
    case .burst: "burst"
    case .inhibition: "inhibition"
    case .mute: "mute"
    case .expectation: "expectation"
    }
  }

  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    if try reader.peek() == .array {
      guard let words = try StoredForm.list(&reader, StoredForm.string), let entry = Entry(words) else { return nil }
      self = entry
      return
    }
    var found: Entry?
    let isRead = try StoredForm.object(&reader) { (name, reader) throws(JSONProblem) in
      switch name {
      case "cooldown": found = try CooldownRecord(stored: &reader).map(Entry.cooldown)
      case "group": found = try GroupRecord(stored: &reader).map(Entry.group)
      case "burst": found = try BurstRecord(stored: &reader).map(Entry.burst)
      case "inhibition": found = try InhibitionRecord(stored: &reader).map(Entry.inhibition)
      case "mute": found = try MuteRecord(stored: &reader).map(Entry.mute)
      case "expectation": found = try ExpectationRecord(stored: &reader).map(Entry.expectation)
      default:
        try reader.skip()
        return true
      }
      return found != nil
    }
    guard isRead, let found else { return nil }
    self = found
  }
}

// MARK: - The fields of each

extension CooldownRecord: Storable {
  package static let stored = Stored(CooldownRecord()) { fields in
    fields.optional("windows", \.list, { $0.list = $1 }, default: [])
    fields.optional("shared", { $0.shared }, { $0.shared = $1 })
  }

  /// By channel, in order.
  private var list: [ChannelWindow] {
    get { windows.sorted { $0.key < $1.key }.map { ChannelWindow(channel: $0.key, window: $0.value) } }
    set { windows = Dictionary(newValue.map { ($0.channel, $0.window) }) { first, _ in first } }
  }

  struct ChannelWindow: Storable, Hashable {
    var channel: ChannelName
    var window: CooldownWindow

    static let stored = Stored(
      ChannelWindow(channel: "", window: CooldownWindow(until: Instant(seconds: 0), severity: .info))
    ) { fields in
      fields.required("channel", { $0.channel }, { $0.channel = $1 })
      fields.required("window", { $0.window }, { $0.window = $1 })
    }
  }
}

extension CooldownWindow: Storable {
  package static let stored = Stored(CooldownWindow(until: Instant(seconds: 0), severity: .info)) { fields in
    // `release` is left out where it is the same: it differs only in a window whose timer is late.
    fields.required(
      "until",
      { $0.until },
      {
        if $0.release == $0.until { $0.release = $1 }
        $0.until = $1
      }
    )
    fields.required("severity", { $0.severity }, { $0.severity = $1 })
    fields.optional("only", { $0.only }, { $0.only = $1 })
    fields.optional("only_since", { $0.onlySince }, { $0.onlySince = $1 })
    fields.optional("release", { $0.release == $0.until ? nil : $0.release }, { $0.release = $1 })
    fields.optional("ended", { $0.ended }, { $0.ended = $1 }, default: 0)
    fields.optional("held", { $0.held }, { $0.held = $1 }, default: 0)
  }
}

extension GroupRecord: Storable {
  package static let stored = Stored(GroupRecord()) { fields in
    fields.optional("rests_until", { $0.restsUntil }, { $0.restsUntil = $1 })
    fields.optional("due", { $0.due }, { $0.due = $1 })
    fields.optional("firing", { $0.firing }, { $0.firing = $1 }, default: 0)
    fields.optional("ended", { $0.ended }, { $0.ended = $1 }, default: 0)
    fields.optional("thread", { $0.thread.list }, { $0.thread.list = $1 }, default: [])
  }
}

extension BurstRecord: Storable {
  package static let stored = Stored(BurstRecord()) { fields in
    fields.optional("until", { $0.until }, { $0.until = $1 })
    fields.optional("count", { $0.count }, { $0.count = $1 }, default: 0)
    fields.optional("recent", { $0.recent }, { $0.recent = $1 }, default: [])
    fields.optional("thread", { $0.thread.list }, { $0.thread.list = $1 }, default: [])
  }
}

extension BurstRecord.Recent: Storable {
  package static let stored = Stored(
    BurstRecord.Recent(at: Instant(seconds: 0), alert: Alert(id: "", severity: .info, title: ""))
  ) { fields in
    fields.required("at", { $0.at }, { $0.at = $1 })
    fields.required("alert", { $0.alert }, { $0.alert = $1 })
  }
}

extension InhibitionRecord: Storable {
  package static let stored = Stored(InhibitionRecord()) { fields in
    fields.optional("count", { $0.count }, { $0.count = $1 }, default: 0)
    fields.optional("ended", { $0.ended }, { $0.ended = $1 }, default: 0)
  }
}

extension MuteRecord: Storable {
  package static let stored = Stored(MuteRecord()) { fields in
    fields.optional("ended", { $0.ended }, { $0.ended = $1 }, default: 0)
  }
}

extension ExpectationRecord: Storable {
  package static let stored = Stored(
    ExpectationRecord(cameAt: Instant(seconds: 0))
  ) { fields in
    fields.required("came_at", { $0.cameAt }, { $0.cameAt = $1 })
    fields.optional("held", { $0.isHeld }, { $0.isHeld = $1 }, default: false)
  }
}

extension Thread {
  /// Of each channel the first and the last delivery, in order.
  fileprivate var list: [Ends] {
    get {
      deliveries.sorted { $0.key < $1.key }.compactMap { channel, ids in
        ids.first.map { Ends(channel: channel, first: $0, last: ids.last == $0 ? nil : ids.last) }
      }
    }
    set {
      self = Thread()
      for ends in newValue {
        add(ends.first, on: ends.channel)
        if let last = ends.last { add(last, on: ends.channel) }
      }
    }
  }

  struct Ends: Storable, Hashable {
    var channel: ChannelName
    var first: DeliveryID
    var last: DeliveryID?

    static let stored = Stored(Ends(channel: "", first: DeliveryID(""))) { fields in
      fields.required("channel", { $0.channel }, { $0.channel = $1 })
      fields.required("first", { $0.first }, { $0.first = $1 })
      fields.optional("last", { $0.last }, { $0.last = $1 })
    }
  }
}
