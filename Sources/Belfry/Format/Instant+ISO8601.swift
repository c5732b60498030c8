// SPDX-License-Identifier: Apache-2.0

extension Instant {
  /// The time as `2026-11-23T09:05:07Z`, with a fraction of a second only if there is one.
  public var iso8601: String {
    let time = CivilTime(self)
    let date = "\(time.year.padded(to: 4))-\(time.month.padded(to: 2))-\(time.day.padded(to: 2))"
    let clock = "\(time.hour.padded(to: 2)):\(time.minute.padded(to: 2)):\(time.second.padded(to: 2))"
    guard time.microsecond != 0 else { return "\(date)T\(clock)Z" }
    let isWhole = time.microsecond % 1000 == 0
    let fraction = isWhole ? (time.microsecond / 1000).padded(to: 3) : time.microsecond.padded(to: 6)
    return "\(date)T\(clock).\(fraction)Z"
  }

  /// The date in mail format (RFC 5322 §3.3), in UTC: `Mon, 23 Nov 2026 09:05:07 +0000`.
  public var mailDate: String {
    let time = CivilTime(self)
    let clock = [time.hour, time.minute, time.second].map { $0.padded(to: 2) }.joined(separator: ":")
    let date = "\(time.day) \(CivilTime.monthNames[time.month - 1]) \(time.year.padded(to: 4))"
    return "\(CivilTime.dayNames[time.weekday]), \(date) \(clock) +0000"
  }

  /// Reads `2026-11-23T09:05:07.123+01:00` and its shorter forms; a time without a zone is UTC.
  public init?(iso8601 text: String) {
    var scanner = DigitScanner(text)
    guard let year = scanner.number(4), scanner.skip("-"), let month = scanner.number(2), scanner.skip("-"),
      let day = scanner.number(2)
    else { return nil }
    var time = CivilTime(year: year, month: month, day: day)
    var offset = 0
    if scanner.skip("T") || scanner.skip("t") || scanner.skip(" ") {
      guard let hour = scanner.number(2), scanner.skip(":"), let minute = scanner.number(2) else { return nil }
      (time.hour, time.minute) = (hour, minute)
      if scanner.skip(":") {
        guard let second = scanner.number(2) else { return nil }
        time.second = second
        if scanner.skip(".") || scanner.skip(",") {
          guard let fraction = scanner.fraction() else { return nil }
          time.microsecond = fraction
        }
      }
      guard let zone = scanner.zone() else { return nil }
      offset = zone
    }
    guard scanner.isAtEnd, let instant = time.instant else { return nil }
    self = instant - .seconds(offset)
  }
}

/// Reads digits and separators from the start of a text.
private struct DigitScanner {
  private var rest: Substring.UTF8View

  init(_ text: String) { rest = text[...].utf8 }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func skip(_ mark: Unicode.Scalar) -> Bool {
    guard let first = rest.first, UInt32(first) == mark.value else { return false }
    rest.removeFirst()
    return true
  }

  /// Exactly `width` digits.
  mutating func number(_ width: Int) -> Int? {
    let digits = rest.prefix(width)
    guard digits.count == width, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    rest = rest.dropFirst(width)
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  /// The digits after the point, as microseconds; further ones are ignored.
  mutating func fraction() -> Int? {
    let digits = rest.prefix { (0x30...0x39).contains($0) }
    guard !digits.isEmpty else { return nil }
    rest = rest.dropFirst(digits.count)
    let padded = digits.prefix(6) + Array(repeating: 0x30, count: max(0, 6 - digits.count))
    return padded.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  /// Seconds east of UTC; without a zone, 0.
  mutating func zone() -> Int? {
    if isAtEnd || skip("Z") || skip("z") { return 0 }
    let sign = skip("+") ? 1 : skip("-") ? -1 : 0
    guard sign != 0, let hours = number(2), hours < 24 else { return nil }
    if isAtEnd { return sign * hours * 3600 }
    _ = skip(":")
    guard let minutes = number(2), minutes < 60 else { return nil }
    return sign * (hours * 3600 + minutes * 60)
  }
}
