// SPDX-License-Identifier: Apache-2.0
internal import Belfry

// Up to version 7 of the ledger an entry was a list of texts, its kind first.
extension Entry {
  init?(_ words: [String]) {
    guard let kind = words.first else { return nil }
    let rest = words[1...]
    let read: Entry? =
      switch kind {
      case "cooldown": Entry.cooldown(rest)
      case "group": Entry.group(rest)
      case "burst": Entry.burst(rest)
      case "inhibition": Entry.inhibition(rest)
      case "mute": Entry.mute(rest)
      case "expectation": Entry.expectation(rest)
      default: nil
      }
    guard let read else { return nil }
    self = read
  }

  private static func cooldown(_ words: ArraySlice<String>) -> Entry? {
    let words = Array(words)
    guard words.count == 4, let until = Instant(stored: words[0]), let ended = Int(words[2]), let held = Int(words[3])
    else { return nil }
    let window = CooldownWindow(until: until, severity: Severity(words[1]), ended: ended, held: held)
    return .cooldown(CooldownRecord(shared: window))
  }

  private static func group(_ words: ArraySlice<String>) -> Entry? {
    let words = Array(words)
    guard words.count >= 4, let firing = Int(words[2]), let ended = Int(words[3]), let thread = Thread(words[4...])
    else { return nil }
    var group = GroupRecord()
    group.restsUntil = Instant(stored: words[0])
    group.due = Instant(stored: words[1])
    group.firing = firing
    group.ended = ended
    group.thread = thread
    return .group(group)
  }

  private static func burst(_ words: ArraySlice<String>) -> Entry? {
    let words = Array(words)
    guard words.count >= 3, let count = Int(words[1]), let recent = Int(words[2]), recent >= 0,
      words.count >= 3 + 2 * recent, let thread = Thread(words[(3 + 2 * recent)...])
    else { return nil }
    var burst = BurstRecord()
    burst.until = Instant(stored: words[0])
    burst.count = count
    burst.thread = thread
    for index in 0..<recent {
      guard let at = Instant(stored: words[3 + 2 * index]), let alert = Alert(stored: Array(words[4 + 2 * index].utf8))
      else { return nil }
      burst.recent.append(BurstRecord.Recent(at: at, alert: alert))
    }
    return .burst(burst)
  }

  private static func inhibition(_ words: ArraySlice<String>) -> Entry? {
    let numbers = words.compactMap { Int($0) }
    return numbers.count == 2 ? .inhibition(InhibitionRecord(count: numbers[0], ended: numbers[1])) : nil
  }

  private static func mute(_ words: ArraySlice<String>) -> Entry? {
    words.first.flatMap { Int($0) }.map { .mute(MuteRecord(ended: $0)) }
  }

  private static func expectation(_ words: ArraySlice<String>) -> Entry? {
    guard let cameAt = words.first.flatMap({ Instant(stored: $0) }) else { return nil }
    return .expectation(ExpectationRecord(cameAt: cameAt, isHeld: words.last == "held"))
  }
}

extension Thread {
  /// Reads of each channel its name, the first and the last delivery.
  fileprivate init?(_ words: ArraySlice<String>) {
    guard words.count.isMultiple(of: 3) else { return nil }
    let words = Array(words)
    var thread = Thread()
    for start in stride(from: 0, to: words.count, by: 3) {
      let channel = ChannelName(words[start])
      thread.add(DeliveryID(words[start + 1]), on: channel)
      if words[start + 2] != words[start + 1] { thread.add(DeliveryID(words[start + 2]), on: channel) }
    }
    self = thread
  }
}
