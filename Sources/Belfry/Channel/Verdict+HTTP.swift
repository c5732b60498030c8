// SPDX-License-Identifier: Apache-2.0

extension Verdict {
  /// The verdict for an HTTP status, for services that state nothing more specific.
  ///
  /// - Parameters:
  ///   - reply: The answer; its `Retry-After` is respected.
  ///   - receipt: The receipt to keep if the status is a success.
  public init(_ reply: HTTPReply, receipt: Receipt = Receipt()) {
    let reason = Reason("http_\(reply.status)", "The server answered \(reply.status).")
    switch reply.status {
    case 200...299: self = .delivered(receipt)
    case 408, 421, 425, 429, 500...599: self = .retry(after: reply.retryAfter, because: reason)
    // Redirects are not followed: a message must only go where the configuration says.
    case 300...399, 401, 402, 403, 405, 407: self = .rejected(.operator, because: reason)
    case 404, 410, 423, 451: self = .rejected(.target, because: reason)
    case 400...499: self = .rejected(.payload, because: reason)
    default: self = .ambiguous(because: reason)
    }
  }
}

extension HTTPReply {
  /// The wait that the server asks for (RFC 9110 §10.2.3), in seconds or until a date; nil if it asks for none.
  ///
  /// A date is measured from the answer's own `Date`, so that wrong clocks do no harm. Without a `Date` it is ignored.
  public var retryAfter: Duration? {
    guard let text = self["retry-after"]?.trimmed, !text.isEmpty else { return nil }
    if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      // A longer number is effectively a refusal; it counts as a year.
      return .seconds(min(Int(text) ?? .max, 31_536_000))
    }
    guard let until = Instant(httpDate: text),
      let date = self["date"]?.trimmed, let now = Instant(httpDate: date)
    else { return nil }
    return max(.zero, until - now)
  }
}

extension Instant {
  /// Reads an HTTP date (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`, or one of the two obsolete forms.
  package init?(httpDate text: Substring) {
    let words = text.split { " ,-".contains($0) }.map(String.init)
    guard words.count == 6 || words.count == 5 else { return nil }
    // C's asctime form has the month before the day, and the year last: Sun Nov  6 08:49:37 1994.
    let isAsctime = words.count == 5
    let (day, month) = isAsctime ? (words[2], words[1]) : (words[1], words[2])
    let (clock, year) = isAsctime ? (words[3], words[4]) : (words[4], words[3])
    let parts = clock.split(separator: ":").compactMap { Int($0) }
    guard isAsctime || words[5] == "GMT", parts.count == 3, let day = Int(day), var year = Int(year),
      let month = CivilTime.monthNames.firstIndex(of: month)
    else { return nil }
    if year < 100 { year += year < 70 ? 2000 : 1900 }
    let time = CivilTime(year: year, month: month + 1, day: day, hour: parts[0], minute: parts[1], second: parts[2])
    guard let instant = time.instant else { return nil }
    self = instant
  }
}
